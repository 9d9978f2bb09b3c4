import fs, { writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FileSystem } from '../../../src/stores/directory/files.ts';

const mutating = /^(chmod|chown|link|mkdir|rename|rmdir|unlink)(Sync)?$/;

/**
 * The file operations, with `before` and `after` called around each one that changes something; opening for writing,
 * writing to a handle and forcing it to the disk count, too.
 */
export function watchedFiles(hooks: {
  readonly before?: (operation: string, path: string) => void;
  readonly after: (operation: string, path: string) => void;
}): FileSystem {
  const watch = <T extends object>(target: T, isMutating: (name: string) => boolean): T =>
    new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name);
        if (typeof member !== 'function' || typeof name !== 'string') return member;
        return (...args: readonly unknown[]) => {
          if (!isMutating(name)) return member.apply(object, args);
          hooks.before?.(name, String(args[0]));
          const result: unknown = member.apply(object, args);
          if (result instanceof Promise) {
            return result.then((value) => {
              hooks.after(name, String(args[0]));
              return value;
            });
          }
          hooks.after(name, String(args[0]));
          return result;
        };
      },
    });
  const watchedHandle = (handle: FileHandle): FileHandle =>
    watch(handle, (name) => ['write', 'writeFile', 'sync', 'truncate'].includes(name));
  const promises = new Proxy(
    watch(fs.promises, (name) => mutating.test(name)),
    {
      get: (object, name) => {
        if (name !== 'open') return Reflect.get(object, name);
        return async (...[path, flags, mode]: Parameters<typeof fs.promises.open>) => {
          const isWriting = typeof flags === 'string' ? /[wa+]/.test(flags) : (Number(flags) & 3) !== 0;
          if (isWriting) hooks.before?.('open', String(path));
          const handle = await fs.promises.open(path, flags, mode);
          if (isWriting) hooks.after('open', String(path));
          return watchedHandle(handle);
        };
      },
    },
  );
  return { ...watch({ ...fs }, (name) => mutating.test(name)), promises } as FileSystem;
}

/** The file operations, and an application that saves these sessions at the very moment before they are renamed away. */
export function racingFiles(racing: readonly string[], after: () => void): FileSystem {
  return watchedFiles({
    before: (operation, path) => {
      if (operation === 'renameSync' && racing.includes(basename(path)))
        writeFileSync(path, 'in the last moment');
    },
    after,
  });
}

/** The file operations, of which one fails with this code, as node:fs fails, on each path that holds a text. */
export function failingFiles(operation: string, code: string, text: string): FileSystem {
  const failing = <T extends object>(target: T, fail: (error: Error) => unknown): T =>
    new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name);
        if (name !== operation || typeof member !== 'function') return member;
        return (...args: readonly unknown[]) => {
          const path = [args[0], args[1]].map(String).find((each) => each.includes(text));
          if (path === undefined) return member.apply(object, args);
          const message = `${code}: it failed, ${operation} '${path}'`;
          return fail(Object.assign(new Error(message), { errno: -1, code, syscall: operation, path }));
        };
      },
    });
  const promises = failing(fs.promises, (error) => Promise.reject(error));
  const sync = failing({ ...fs }, (error) => {
    throw error;
  });
  return { ...sync, promises, [operation]: Reflect.get(sync, operation) } as FileSystem;
}
