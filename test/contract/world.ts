import { type App, openApp } from './app.ts';
import { connectHttp, type Send } from './http.ts';
import { mintToken, newUserId } from './tokens.ts';

export interface User {
  readonly id: string;
  readonly token: string;
}

/** The app under test as its clients see it, and people to use it. */
export interface World extends AsyncDisposable {
  readonly app: App;
  readonly send: Send;
  readonly admin: User;
  newUser(prefix?: string): Promise<User>;
  newUsers(count: number): Promise<User[]>;
  close(): Promise<void>;
}

/** Opens a world on the app that the contract tests share, or on `given`, which is closed with it. */
export async function openWorld(given?: App): Promise<World> {
  const app = given ?? (await openApp());
  const client = connectHttp(app.http);
  const newUser = async (prefix?: string): Promise<User> => {
    const id = newUserId(prefix);
    return { id, token: await mintToken(app.issuer, id) };
  };
  const adminId = newUserId('admin');
  const close = async () => {
    client.close();
    await app.close();
  };
  return {
    app,
    send: client.send,
    admin: { id: adminId, token: await mintToken(app.issuer, adminId, { claims: { role: 'admin' } }) },
    newUser,
    newUsers: (count) => Promise.all(Array.from({ length: count }, () => newUser())),
    close,
    [Symbol.asyncDispose]: close,
  };
}
