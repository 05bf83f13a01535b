/**
 * Imported first by every script: ends the process with a plain message when Node is older than 20.19. Imports nothing and uses
 * nothing new, so that old versions get as far as the message.
 */
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `Tollkeeper needs Node.js 20.19 or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Get a newer one from https://nodejs.org or with your version manager, then run the same command again.\n',
  );
  process.exit(1);
}
