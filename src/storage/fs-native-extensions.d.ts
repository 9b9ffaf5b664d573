/** What is used of fs-native-extensions, which ships no types. */
declare module 'fs-native-extensions' {
  /**
   * Asks for an exclusive lock on a whole file, held by the open file until it is closed.
   * @returns false where another open file holds it
   */
  export function tryLock(fd: number): boolean;
}
