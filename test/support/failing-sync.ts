/**
 * The program on a disk that can be told to fail: from SIGUSR2 on, no sync of this process succeeds (EIO), while all that it
 * writes is taken. The kernel does it (seccomp): Linux on x64 and arm64, without any rights. Given what the program is given.
 */
import { dlopen, ptr } from "bun:ffi";
import { MAIN } from "./program.ts";

/** Numbers of `fsync` and `fdatasync`. */
const SYNCS = { x64: [74, 75], arm64: [82, 83] }[process.arch as string];
const EIO = 5;
/** How the kernel writes a filter: an instruction is an operation, two jumps and a value. */
const BPF = { loadNumber: 0x20, jumpIfEqual: 0x15, answer: 0x06 } as const;
const ANSWER = { fail: 0x0005_0000, allow: 0x7fff_0000 } as const;
const PRCTL = { setSeccomp: 22, filter: 2, setNoNewPrivileges: 38 } as const;

if (process.platform !== "linux" || SYNCS === undefined) throw new Error("no failing disk here");

function failSyncs([fsync, fdatasync]: readonly number[]): void {
  const program = Buffer.concat([
    instruction(BPF.loadNumber, 0, 0, 0),
    instruction(BPF.jumpIfEqual, 1, 0, fsync!),
    instruction(BPF.jumpIfEqual, 0, 1, fdatasync!),
    instruction(BPF.answer, 0, 0, ANSWER.fail | EIO),
    instruction(BPF.answer, 0, 0, ANSWER.allow),
  ]);
  const described = Buffer.alloc(16);
  described.writeUInt16LE(5, 0);
  described.writeBigUInt64LE(BigInt(ptr(program)), 8);
  const { symbols } = dlopen("libc.so.6", {
    prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
  });
  // Else only root may set a filter.
  symbols.prctl(PRCTL.setNoNewPrivileges, 1, 0, 0, 0);
  if (symbols.prctl(PRCTL.setSeccomp, PRCTL.filter, ptr(described), 0, 0) !== 0) throw new Error("no filter here");
}

function instruction(operation: number, whenTrue: number, whenFalse: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(operation, 0);
  bytes.writeUInt8(whenTrue, 2);
  bytes.writeUInt8(whenFalse, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}

process.on("SIGUSR2", () => {
  failSyncs(SYNCS);
  process.stdout.write("syncs fail\n");
});
await import(MAIN);
