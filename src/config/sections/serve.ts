// biome-ignore-all format: generated
/** Settings under `serve`. Generated from schema.ts by `npm run generate`. */
export type ServeConfig = {
  /**
   * Address to listen on; 0.0.0.0 is every one of this machine.
   * @defaultValue `"127.0.0.1"`
   */
  host: string;
  /**
   * Port to listen on; 0 takes a free one.
   * @defaultValue `8080`
   */
  port: number;
  /**
   * Host names answered to on loopback besides its own.
   * @defaultValue `[]`
   */
  allowedHosts: string[];
  /**
   * Texts that the model sees together.
   * @defaultValue `32`
   */
  maxBatchTexts: number;
  /**
   * Texts that may wait; more are refused with 429.
   * @defaultValue `1024`
   */
  maxWaitingTexts: number;
  /**
   * Texts in one request.
   * @defaultValue `64`
   */
  maxTextsPerRequest: number;
  /**
   * Characters of a text.
   * @defaultValue `10000`
   */
  maxTextCharacters: number;
  /**
   * KiB of a request.
   * @defaultValue `256`
   */
  maxBodyKib: number;
  /**
   * A request without an answer by then gets 504.
   * @defaultValue `30`
   */
  deadlineSeconds: number;
  /**
   * A client has so long to send its request.
   * @defaultValue `15`
   */
  requestSeconds: number;
  /**
   * On SIGTERM, so long it answers on while /ready says no.
   * @defaultValue `1`
   */
  drainSeconds: number;
  /**
   * And so long it then waits for the requests under way.
   * @defaultValue `30`
   */
  graceSeconds: number;
};
