/* @__NO_SIDE_EFFECTS__ */
/**
 * Stands for what `make` returns, and makes it when it is first looked into: a program that starts pays only for what it uses. What
 * throws in `make` throws there, and is tried again the next time. Every schema that stands at the top of a module is made this way.
 */
export function lazily<T extends object>(make: () => T): T {
  let made: T | undefined;
  const itself = (): T => {
    made ??= make();
    return made;
  };
  return new Proxy<T>({} as T, {
    get: (_, key) => Reflect.get(itself(), key),
    has: (_, key) => Reflect.has(itself(), key),
    ownKeys: () => Reflect.ownKeys(itself()),
    getPrototypeOf: () => Reflect.getPrototypeOf(itself()),
    getOwnPropertyDescriptor(_, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(itself(), key);
      // A proxy may not call a property fixed that its own target, which is empty, does not have.
      return descriptor && { ...descriptor, configurable: true };
    },
  });
}
