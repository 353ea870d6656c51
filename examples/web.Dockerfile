# The image of web.yaml, made of nothing but Debian's busybox-static. As root:
#   ./hawser image build -t hawser/web:1 -f examples/web.Dockerfile /bin
FROM scratch
COPY --chmod=755 busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
RUN <<END
set -e
mkdir -p /etc /tmp /www
chmod 1777 /tmp
chmod 777 /www
echo 'root:x:0:0:root:/:/bin/sh' >/etc/passwd
echo 'web:x:1000:1000:web:/www:/bin/sh' >>/etc/passwd
printf 'root:x:0:\nweb:x:1000:\n' >/etc/group
END
ENV PATH=/bin
EXPOSE 8080
CMD ["/bin/sh"]
