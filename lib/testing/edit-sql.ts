import type { KyselyPlugin, RawNode, RootOperationNode } from 'kysely';
import type { Db } from '../db/client.ts';

/**
 * A database whose `sql` texts are changed on their way to the server: what a condition is good for shows when it is
 * taken out. Statements that lack the text go as they are.
 */
export function editSql(db: Db, from: string, to: string): Db {
  const edit: KyselyPlugin = {
    transformQuery: ({ node }) => (isRaw(node) ? edited(node, from, to) : node),
    transformResult: ({ result }) => Promise.resolve(result),
  };
  return db.withPlugin(edit);
}

const isRaw = (node: RootOperationNode): node is RawNode => node.kind === 'RawNode';

const edited = (node: RawNode, from: string, to: string): RawNode => ({
  ...node,
  sqlFragments: node.sqlFragments.map((text) => text.replace(from, to)),
});
