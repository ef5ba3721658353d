import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { RedisClient } from '../../redis/client.ts';
import { type OpenLockScene, openLockScene } from './open-lock-scene.ts';

/** The server of a test file, as the scene needs it. */
export interface SceneServer {
  readonly url: string;
  close(): Promise<void>;
}

/** What the tests of one file share: a server of their own, and a scene that is closed after each. */
export interface LockScene<Server extends SceneServer>
  extends Pick<OpenLockScene, 'lock' | 'proxied' | 'clientListeningBy' | 'untilInLine'> {
  server(): Server;
  resource(): string;
  redis(): RedisClient;
}

/** Registers the hooks of a test file. */
export function lockScene<Server extends SceneServer>(start: () => Promise<Server>): LockScene<Server> {
  let server: Server | undefined;
  let scene: OpenLockScene | undefined;

  const running = () => {
    if (server === undefined) throw new Error('the server of the scene has not been started');
    return server;
  };
  const open = () => {
    if (scene === undefined) throw new Error('the scene is open during a test alone');
    return scene;
  };

  beforeAll(async () => {
    server = await start();
  }, 60_000);

  beforeEach(() => {
    scene = openLockScene(running().url);
  });

  afterEach(async () => {
    await scene?.close();
    scene = undefined;
  });

  afterAll(() => server?.close());

  return {
    server: running,
    resource: () => open().resource,
    redis: () => open().redis,
    lock: (...args) => open().lock(...args),
    proxied: () => open().proxied(),
    clientListeningBy: (...args) => open().clientListeningBy(...args),
    untilInLine: (count) => open().untilInLine(count),
  };
}
