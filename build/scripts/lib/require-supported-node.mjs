/**
 * Imported first by every script: ends the process with a plain message when Node is too old: older than 20.19 or 22.12, where
 * `require` began to take ES modules. Imports nothing and uses nothing new, so that old versions get as far as the message.
 */
if (!process.features.require_module) {
  process.stderr.write(
    `Tollkeeper needs Node.js 20.19, or 22.12 or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Get a newer one from https://nodejs.org or with your version manager, then run the same command again.\n',
  );
  process.exit(1);
}
