import { migrateToLatest } from './migrate.ts';

const databaseUrl = process.env['DATABASE_URL'];
if (databaseUrl === undefined) {
  console.error('migrate: set DATABASE_URL');
  process.exit(2);
}
const applied = await migrateToLatest(databaseUrl);
console.log(applied.length === 0 ? 'migrate: nothing to do' : `migrate: ${applied.join(', ')}`);
