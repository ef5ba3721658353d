/** What an endpoint says, before it becomes a Lambda result. A `text` is sent to the byte. */
export interface Answer {
  readonly status: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer with a JSON body. */
export const json = (status: number, body: object, headers?: Readonly<Record<string, string>>): Answer => ({
  status,
  text: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
});

export const noContent: Answer = { status: 204 };
