import { type KyselyPlugin, OperationNodeTransformer, type RawNode } from 'kysely';
import type { Db } from '../db/client.ts';

/**
 * A database whose `sql` texts are changed on their way to the server, those inside other statements too: what a condition
 * is good for shows when it is taken out. Statements that lack the text go as they are.
 */
export function editSql(db: Db, from: string, to: string): Db {
  const editor = new SqlEditor(from, to);
  const edit: KyselyPlugin = {
    transformQuery: ({ node }) => editor.transformNode(node),
    transformResult: ({ result }) => Promise.resolve(result),
  };
  return db.withPlugin(edit);
}

class SqlEditor extends OperationNodeTransformer {
  readonly #from: string;
  readonly #to: string;

  constructor(from: string, to: string) {
    super();
    this.#from = from;
    this.#to = to;
  }

  protected override transformRaw(...given: Parameters<OperationNodeTransformer['transformRaw']>): RawNode {
    const node = super.transformRaw(...given);
    return { ...node, sqlFragments: node.sqlFragments.map((text) => text.replaceAll(this.#from, this.#to)) };
  }
}
