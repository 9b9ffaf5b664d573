/** Our client as others judge it: llmock keeps real limits, breaks on demand, and says how the client behaved. */
import { describe, expect, it } from 'vitest';
import { startLlmock } from '../../helpers/llm-servers.js';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { follow, someReviews, teachOptions, writeReviews } from './teach-home.js';

describe('the verdict of llmock', () => {
  it('is PASS, without a failure or a warning, over 200 rows with 429, 503, a limit on requests, and a 401', async () => {
    const chaos = ['--error-rate-429', '0.05', '--error-rate-503', '0.05', '--rpm', '3000'];
    const server = await startLlmock(...chaos);
    const judge = async (): Promise<string> =>
      await (await fetch(`${server.address}/_llmock/verdict?format=text`)).text();
    try {
      const folder = await temporaryFolder();
      await writeReviews(folder, someReviews(200));
      const options = teachOptions(folder, `${server.address}/v1`, { teach: { kinds: ['rewrite'] } });
      const { error, result } = await follow(options);
      expect(error).toBeNull();
      expect(result?.kinds['rewrite']?.answers).toBe(200);
      // A refused key is asked once: nobody is let in by asking again.
      const refusal = { behaviors: [{ type: 'fail', status: 401, times: 5 }] };
      await fetch(`${server.address}/_llmock/scenario`, { method: 'POST', body: JSON.stringify(refusal) });
      expect((await follow({ ...options, output: 'refused' })).error).toMatchObject({ code: 'API' });
      const verdict = await judge();
      expect(verdict).toContain('PASS');
      expect(verdict).not.toMatch(/FAIL|WARN/);
    } finally {
      await server.close();
    }
  });
});
