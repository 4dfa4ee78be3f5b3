export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/**
 * Parses `text/event-stream` as the HTML standard defines it, from chunks split anywhere. (EventSource cannot
 * send an Authorization header.)
 */
export class EventStreamParser {
  #rest = '';
  #afterCarriageReturn = false;
  #data: string[] = [];
  #event = '';
  #id = '';
  #lastEventId = '';

  /** The ID of the last complete event: an incomplete one has to be sent again. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  push(chunk: string): ServerEvent[] {
    if (chunk === '') return [];
    // CR LF is one line ending, even when split across chunks.
    const text = this.#afterCarriageReturn && chunk.startsWith('\n') ? chunk.slice(1) : chunk;
    this.#afterCarriageReturn = chunk.endsWith('\r');
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? '';
    const events: ServerEvent[] = [];
    for (const line of lines) {
      if (line === '') this.#dispatch(events);
      else this.#field(line);
    }
    return events;
  }

  #dispatch(events: ServerEvent[]): void {
    if (this.#data.length > 0) {
      events.push({ id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') });
    }
    this.#lastEventId = this.#id;
    this.#data = [];
    this.#event = '';
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
  }
}
