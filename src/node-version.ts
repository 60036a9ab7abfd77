const oldest = [22, 22] as const;

/** Throws a sentence that helps where Node is too old. npm scripts run on the Node of node_modules/.bin, where there is one. */
export function requireNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  throw new Error(
    `Node ${oldest.join('.')} or newer is needed, this is ${version}. Start through npm (npm start), which brings its own on Linux.`,
  );
}
