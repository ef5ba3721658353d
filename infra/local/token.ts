import { describeError } from './launch-error.ts';
import { mintTokens } from './mint-token.ts';
import { parseTokenArguments } from './token-arguments.ts';

const usage = 'usage: npm run --silent token -- [--admin] [--ttl SECONDS] SUB…';

try {
  const { subjects, ...options } = parseTokenArguments(process.argv.slice(2));
  for (const token of await mintTokens(subjects, options)) console.log(token);
} catch (error) {
  console.error(`${describeError(error)}; ${usage}`);
  process.exitCode = 2;
}
