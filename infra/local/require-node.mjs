// Loaded with --import before a TypeScript file that an older Node could not even read.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `Node 24 is needed (this is ${process.versions.node}). On Linux \`npm ci\` brings it and \`npm run\` uses it; ` +
      'Debian/Ubuntu: https://nodejs.org/en/download; macOS: brew install node@24; Docker: image node:24',
  );
  process.exit(1);
}
