/** A line of progress; to stderr, so that stdout has the result alone. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
