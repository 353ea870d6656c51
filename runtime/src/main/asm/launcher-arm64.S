// The launcher, aarch64: carries out a table of system calls that Java computed, and decides nothing.
//
// File descriptors at the start: 3 the program (a memfd), 4 the gate, 5 the pipe for errors.
// One byte at the gate says that the program is there: it may be written while the launcher starts.
// The program is mapped privately at BASE and begins with its table. An entry is 80 bytes:
//    0  system call number
//    8  six arguments of 8 bytes
//   56  flags: bit 0: an error is ignored; bit 1: a result of 0 ends the launcher (end of file on
//       the gate: the JVM died); bits 8..13: argument k is the address of its value
//   64  the result, written here; a later entry's argument refers to it
//   72  address of the entry to go on with when the result is 0 (the child's side of a clone), or 0
// The last entry is an execve or an exit_group. A call that fails ends the launcher: it writes
// {address of the entry, -errno}, 16 bytes, to descriptor 5 and exits with 127.
//
// aarch64-linux-gnu-as launcher-arm64.S -o l.o
// aarch64-linux-gnu-objcopy -O binary -j .text l.o launcher-arm64.bin

.set BASE, 0x20000000
.set SIZE, 0x400000

.globl _start
.text
_start:
    mov x8, #63                 // read(4, stack, 1)
    mov x0, #4
    sub sp, sp, #16
    mov x1, sp
    mov x2, #1
    svc #0
    cmp x0, #1
    b.ne fail

    mov x8, #222                // mmap(BASE, SIZE, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED, 3, 0)
    mov x0, #BASE
    mov x1, #SIZE
    mov x2, #3
    mov x3, #0x12
    mov x4, #3
    mov x5, #0
    svc #0
    mov x19, #BASE              // x19: the current entry
    cmp x0, x19
    b.ne fail

entry:
    ldrb w9, [x19, #57]         // the reference bits
    add x10, x19, #8
argument:
    cbz w9, call
    tbz w9, #0, 1f
    ldr x11, [x10]              // replace the address by the value it holds
    ldr x11, [x11]
    str x11, [x10]
1:  add x10, x10, #8
    lsr w9, w9, #1
    b argument

call:
    ldr x8, [x19]
    ldp x0, x1, [x19, #8]
    ldp x2, x3, [x19, #24]
    ldp x4, x5, [x19, #40]
    svc #0
    str x0, [x19, #64]
    cmn x0, #4095               // carry set: -4095 <= x0 <= -1
    b.cs error
    cbnz x0, next
    ldr x9, [x19, #56]
    tbnz x9, #1, fail
    ldr x9, [x19, #72]
    cbz x9, next
    mov x19, x9
    b entry
next:
    add x19, x19, #80
    b entry

error:
    ldr x9, [x19, #56]
    tbnz x9, #0, next
    stp x19, x0, [sp, #-16]!    // write(5, {entry, -errno}, 16)
    mov x8, #64
    mov x0, #5
    mov x1, sp
    mov x2, #16
    svc #0
fail:
    mov x8, #94                 // exit_group(127)
    mov x0, #127
    svc #0
