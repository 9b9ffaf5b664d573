/** A corpus from a kept mock of OpenAI's service, which breaks some of its answers on purpose. */
import { LLMock } from '@copilotkit/aimock';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../helpers/temp-folder.js';
import { follow, readCorpusFiles, someReviews, teachOptions, writeReviews } from './teach-home.js';

const REWRITTEN =
  'I felt strongly about this dish, and I said so to everybody who sat with me at the table that evening.';

describe('a service that breaks a tenth of its answers', () => {
  it('gives a whole corpus all the same', async () => {
    const mock = new LLMock({ port: 0 });
    mock.onMessage(/Dish/, { content: REWRITTEN });
    mock.onMessage(/yes/, { content: 'yes' });
    await mock.start();
    try {
      const folder = await temporaryFolder();
      await writeReviews(folder, someReviews(40));
      mock.setChaos({ malformedRate: 0.1 });
      const { result, error } = await follow(
        teachOptions(folder, `${mock.url}/v1`, { teach: { kinds: ['rewrite'] } }),
      );
      expect(error).toBeNull();
      expect(result?.kinds['rewrite']).toMatchObject({ answers: 40, kept: 40, unanswered: 0 });
      expect(
        Object.values(await readCorpusFiles(folder))
          .join('')
          .split(REWRITTEN),
      ).toHaveLength(41);
    } finally {
      await mock.stop();
    }
  });
});
