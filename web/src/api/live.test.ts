import { describe, expect, it } from 'vitest';
import { type LiveEvent, LiveShare, type Surroundings } from './live';

/** A browser with tabs: one lock, one channel; streams are opened by whoever has the lock. */
class Browser {
  streams: { event(event: LiveEvent): void; state(up: boolean): void; closed: boolean }[] = [];
  private waiting: (() => Promise<void>)[] = [];
  private held = false;
  private receivers = new Set<(message: unknown) => void>();

  tab(): Surroundings {
    return {
      openStream: (handlers) => {
        const stream = { ...handlers, closed: false };
        this.streams.push(stream);
        return () => {
          stream.closed = true;
        };
      },
      lock: (hold) => {
        this.waiting.push(hold);
        void this.next();
      },
      channel: (receive) => {
        this.receivers.add(receive);
        return {
          send: (message) => {
            for (const other of this.receivers) if (other !== receive) other(structuredClone(message));
          },
          close: () => this.receivers.delete(receive),
        };
      },
    };
  }
  private async next(): Promise<void> {
    if (this.held) return;
    const hold = this.waiting.shift();
    if (!hold) return;
    this.held = true;
    await hold();
    this.held = false;
    void this.next();
  }
}

const collect = (share: LiveShare) => {
  const seen: string[] = [];
  share.subscribe((event) => seen.push(event.type));
  return seen;
};

describe('LiveShare', () => {
  it('has one stream for all tabs, and all tabs hear it', () => {
    const browser = new Browser();
    const tabs = [1, 2, 3].map(() => new LiveShare(browser.tab()));
    const seen = tabs.map(collect);
    expect(browser.streams).toHaveLength(1);
    browser.streams[0].state(true);
    browser.streams[0].event({ type: 'finding', id: '1', data: {} });
    expect(seen).toEqual([
      ['open', 'finding'],
      ['open', 'finding'],
      ['open', 'finding'],
    ]);
    expect(tabs.map((tab) => tab.up)).toEqual([true, true, true]);
  });
  it('tells a new tab how it stands', () => {
    const browser = new Browser();
    new LiveShare(browser.tab());
    browser.streams[0].state(true);
    expect(new LiveShare(browser.tab()).up).toBe(true);
  });
  it('goes on in another tab when the one with the stream is closed', async () => {
    const browser = new Browser();
    const first = new LiveShare(browser.tab());
    const second = new LiveShare(browser.tab());
    const seen = collect(second);
    browser.streams[0].state(true);
    first.close();
    await new Promise((done) => setTimeout(done));
    expect(browser.streams[0].closed).toBe(true);
    expect(browser.streams).toHaveLength(2);
    browser.streams[1].event({ type: 'scan', id: '2', data: {} });
    expect(seen).toEqual(['open', 'scan']);
  });
  it('says "open" after each gap, so that everything is read again', () => {
    const browser = new Browser();
    const share = new LiveShare(browser.tab());
    const seen = collect(share);
    browser.streams[0].state(true);
    browser.streams[0].state(false);
    expect(share.up).toBe(false);
    browser.streams[0].state(true);
    expect(seen).toEqual(['open', 'open']);
  });
});
