/** What is said of a connection over ssh that is gone. */
import { expect, it } from 'vitest';
import { describeEnd } from '../../../src/workers/launchers/engines/ssh.js';

const AT = { host: 'node1', way: 'ssh node1 true' };

it('tells a way that does not lead there from a pilot that was ended', () => {
  expect(describeEnd({ ...AT, code: 255, said: 'Welcome!\nssh: Connection refused\n' })).toEqual({
    how: 'has no connection to node1 (ssh: Connection refused)',
    sentence:
      'fsa pilot on node1: ssh does not get there (ssh: Connection refused). See that `ssh node1 true` works without a question.',
  });
  const said = 'fsa pilot 12 on vm: a worker for tcp://192.0.2.2:45465\n';
  expect(describeEnd({ ...AT, code: 255, said })).toEqual({
    how: 'was ended on node1 by a signal, or lost its connection to it',
    sentence: null,
  });
  expect(describeEnd({ ...AT, code: 137, said })).toEqual({
    how: 'ended on node1 with code 137',
    sentence: null,
  });
});
