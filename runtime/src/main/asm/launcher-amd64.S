# The launcher, x86-64: carries out a table of system calls that Java computed, and decides nothing.
#
# File descriptors at the start: 3 the program (a memfd), 4 the gate, 5 the pipe for errors.
# One byte at the gate says that the program is there: it may be written while the launcher starts.
# The program is mapped privately at BASE and begins with its table. An entry is 80 bytes:
#    0  system call number
#    8  six arguments of 8 bytes
#   56  flags: bit 0: an error is ignored; bit 1: a result of 0 ends the launcher (end of file on
#       the gate: the JVM died); bits 8..13: argument k is the address of its value
#   64  the result, written here; a later entry's argument refers to it
#   72  address of the entry to go on with when the result is 0 (the child's side of a clone), or 0
# The last entry is an execve or an exit_group. A call that fails ends the launcher: it writes
# {address of the entry, -errno}, 16 bytes, to descriptor 5 and exits with 127.
#
# as launcher-amd64.S -o l.o && objcopy -O binary -j .text l.o launcher-amd64.bin

.set BASE, 0x20000000
.set SIZE, 0x400000

.globl _start
.text
_start:
    xor %eax, %eax              # read(4, stack, 1)
    mov $4, %edi
    push %rax
    mov %rsp, %rsi
    mov $1, %edx
    syscall
    cmp $1, %eax
    jne fail

    mov $9, %eax                # mmap(BASE, SIZE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED, 3, 0)
    mov $BASE, %edi
    mov $SIZE, %esi
    mov $3, %edx
    mov $0x12, %r10d
    mov $3, %r8d
    xor %r9d, %r9d
    syscall
    cmp $BASE, %rax
    jne fail
    mov %eax, %ebx              # rbx: the current entry

entry:
    movzbl 57(%rbx), %ecx       # the reference bits
    lea 8(%rbx), %rsi
argument:
    test %ecx, %ecx
    jz call
    shr $1, %ecx
    jnc 1f
    mov (%rsi), %rax            # replace the address by the value it holds
    mov (%rax), %rax
    mov %rax, (%rsi)
1:  add $8, %rsi
    jmp argument

call:
    mov (%rbx), %rax
    mov 8(%rbx), %rdi
    mov 16(%rbx), %rsi
    mov 24(%rbx), %rdx
    mov 32(%rbx), %r10
    mov 40(%rbx), %r8
    mov 48(%rbx), %r9
    syscall
    mov %rax, 64(%rbx)
    cmp $-4095, %rax
    jae error
    test %rax, %rax
    jnz next
    testb $2, 56(%rbx)
    jnz fail
    mov 72(%rbx), %rcx
    test %rcx, %rcx
    jz next
    mov %rcx, %rbx
    jmp entry
next:
    add $80, %rbx
    jmp entry

error:
    testb $1, 56(%rbx)
    jnz next
    push %rax                   # write(5, {entry, -errno}, 16)
    push %rbx
    mov $1, %eax
    mov $5, %edi
    mov %rsp, %rsi
    mov $16, %edx
    syscall
fail:
    mov $231, %eax              # exit_group(127)
    mov $127, %edi
    syscall
