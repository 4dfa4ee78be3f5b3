import { describe, expect, it } from 'vitest';
import { EventStreamParser } from './sse';

const STREAM = [
  ': hello\n\n',
  'id: 1\nevent: status\ndata: {"a":1}\n\n',
  'id: 2\r\ndata: first line\r\ndata:second line\r\n\r\n',
  ':keep-alive\r\r',
  'event: reset\rdata: {}\r\r',
].join('');

const EVENTS = [
  { id: '1', event: 'status', data: '{"a":1}' },
  { id: '2', event: 'message', data: 'first line\nsecond line' },
  { id: '2', event: 'reset', data: '{}' },
];

function parse(chunks: string[]) {
  const parser = new EventStreamParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

describe('EventStreamParser', () => {
  it('parses a whole stream at once', () => {
    expect(parse([STREAM])).toEqual(EVENTS);
  });

  it('parses the same events wherever the chunks are split', () => {
    for (let at = 0; at <= STREAM.length; at++) {
      expect(parse([STREAM.slice(0, at), STREAM.slice(at)]), `split at ${at}`).toEqual(EVENTS);
    }
    expect(parse([...STREAM])).toEqual(EVENTS);
  });

  it('does not emit an incomplete event', () => {
    const parser = new EventStreamParser();
    expect(parser.push('id: 7\ndata: x\n')).toEqual([]);
    expect(parser.lastEventId).toBe('');
    expect(parser.push('\n')).toEqual([{ id: '7', event: 'message', data: 'x' }]);
    expect(parser.lastEventId).toBe('7');
  });

  it('emits nothing for comments or for fields without data', () => {
    expect(parse([': a\n: b\n\n', 'event: status\n\n', 'data: y\n\n'])).toEqual([
      { id: '', event: 'message', data: 'y' },
    ]);
  });

  it('keeps colons and all but the first leading space of a value', () => {
    expect(parse(['data:  a: b\n\n', 'data\n\n'])).toEqual([
      { id: '', event: 'message', data: ' a: b' },
      { id: '', event: 'message', data: '' },
    ]);
  });
});
