package io.hawser.runtime.kernel;

/** A system call failed: {@code mount(proc, /proc) failed: EPERM}. */
public class KernelFault extends RuntimeException {
  private final String call;
  private final int errno;

  /**
   * @param call the call with its telling arguments, {@code mount(proc, /proc)}
   */
  public KernelFault(String call, int errno) {
    super(call + " failed: " + Errno.name(errno));
    this.call = call;
    this.errno = errno;
  }

  public String call() {
    return call;
  }

  public int errno() {
    return errno;
  }

  public boolean is(Errno candidate) {
    return errno == candidate.number();
  }
}
