/** A server that answers every chat completion at once, in a process of its own; prints its port. */
import { createServer } from 'node:http';

const BODY = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'm',
  choices: [
    {
      index: 0,
      finish_reason: 'stop',
      message: {
        role: 'assistant',
        content: 'I felt strongly about this dish, and I said so to everybody at the table that day.',
      },
    },
  ],
  usage: { prompt_tokens: 900, completion_tokens: 20 },
});

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': BODY.length });
    response.end(BODY);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.on('disconnect', () => process.exit(0));
