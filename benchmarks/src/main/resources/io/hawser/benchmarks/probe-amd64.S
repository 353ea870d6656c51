# Tries every system call with senseless arguments (-1 each) and prints a line "NUMBER ERRNO" for it;
# errno 0: it returned something. A call that a filter or a missing right refuses answers EPERM or
# ENOSYS, any other complains of its arguments. What would end or stop the program is left out.
#
# as probe-amd64.S -o p.o && ld -static p.o -o probe
.globl _start
.set LAST, 470
.bss
table:  .skip 2 * 512
line:   .skip 32
.data
# rt_sigreturn pause fork vfork exit futex restart_syscall exit_group uretprobe uprobe
skipped: .quad 15, 34, 57, 58, 60, 202, 219, 231, 335, 336
skipped_end:
.text
_start:
    xor %ebx, %ebx
try:
    lea skipped(%rip), %rsi
1:  cmp %rbx, (%rsi)
    je left_out
    add $8, %rsi
    lea skipped_end(%rip), %rdx
    cmp %rdx, %rsi
    jb 1b
    mov %rbx, %rax
    mov $-1, %rdi
    mov $-1, %rsi
    mov $-1, %rdx
    mov $-1, %r10
    mov $-1, %r8
    mov $-1, %r9
    syscall
    neg %rax
    cmp $4095, %rax
    jbe 2f
    xor %eax, %eax
2:  lea table(%rip), %rcx
    mov %ax, (%rcx,%rbx,2)
    jmp next
left_out:
    lea table(%rip), %rcx
    movw $-1, (%rcx,%rbx,2)
next:
    inc %ebx
    cmp $LAST, %ebx
    jbe try

    xor %ebx, %ebx              # print the table
print:
    lea table(%rip), %rcx
    movzwl (%rcx,%rbx,2), %r12d
    cmp $0xffff, %r12d
    je printed
    lea line+31(%rip), %rdi
    movb $10, (%rdi)
    mov %r12d, %eax
    call digits
    dec %rdi
    movb $32, (%rdi)
    mov %ebx, %eax
    call digits
    lea line+32(%rip), %rdx
    sub %rdi, %rdx
    mov %rdi, %rsi
    mov $1, %edi
    mov $1, %eax
    syscall
printed:
    inc %ebx
    cmp $LAST, %ebx
    jbe print
    mov $231, %eax
    xor %edi, %edi
    syscall

digits:                         # writes eax in decimal before rdi, moves rdi
    mov $10, %ecx
1:  xor %edx, %edx
    div %ecx
    add $48, %dl
    dec %rdi
    mov %dl, (%rdi)
    test %eax, %eax
    jnz 1b
    ret
