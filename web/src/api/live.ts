// Live updates: one EventSource a browser, however many tabs are open. The tab that holds the lock has the
// stream and tells the others over a BroadcastChannel; when it goes, the next one takes over.
// HTTP/1.1 allows a browser six connections to a console: a stream a tab would use them up.
import type { EventType } from './types';

export interface LiveEvent {
  type: string; // "open": the stream is up, and something may have been missed before
  id: string;
  data: unknown;
}

/** What the sharing needs of the browser; tests bring their own. */
export interface Surroundings {
  openStream(handlers: { event(event: LiveEvent): void; state(up: boolean): void }): () => void;
  /** Calls HOLD when the lock is ours; it is given up when its promise ends. */
  lock(hold: () => Promise<void>): void;
  channel(receive: (message: unknown) => void): { send(message: unknown): void; close(): void };
}

type Message = { event: LiveEvent } | { up: boolean } | { ask: true };

export class LiveShare {
  private listeners = new Set<(event: LiveEvent) => void>();
  private stateListeners = new Set<() => void>();
  private channel: { send(message: unknown): void; close(): void };
  private leads = false;
  private stop: () => void = () => {};
  up = false;

  constructor(private around: Surroundings) {
    this.channel = around.channel((message) => this.receive(message as Message));
    this.channel.send({ ask: true } satisfies Message);
    around.lock(
      () =>
        new Promise<void>((release) => {
          this.leads = true;
          const close = this.around.openStream({
            event: (event) => {
              this.channel.send({ event } satisfies Message);
              this.emit(event);
            },
            state: (up) => {
              this.channel.send({ up } satisfies Message);
              this.setUp(up);
            },
          });
          this.stop = () => {
            this.leads = false;
            close();
            release();
          };
        }),
    );
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  onState(listener: () => void): () => void {
    this.stateListeners.add(listener);
    return () => this.stateListeners.delete(listener);
  }
  close(): void {
    this.stop();
    this.channel.close();
  }

  private receive(message: Message): void {
    if ('ask' in message) {
      if (this.leads) this.channel.send({ up: this.up } satisfies Message);
    } else if ('up' in message) this.setUp(message.up);
    else this.emit(message.event);
  }
  private emit(event: LiveEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }
  private setUp(up: boolean): void {
    const before = this.up;
    this.up = up;
    if (before !== up) for (const listener of [...this.stateListeners]) listener();
    if (up && !before) this.emit({ type: 'open', id: '', data: null });
  }
}

// A type that the API gets and that is missing here does not compile.
const listened: Record<EventType, true> = {
  finding: true,
  content: true,
  asset: true,
  inventory: true,
  scan: true,
  job: true,
  advisory: true,
  mask: true,
  rules: true,
  sensor: true,
  settings: true,
  reset: true,
};
export const eventTypes = Object.keys(listened);

export function browserSurroundings(url: string): Surroundings {
  return {
    openStream({ event, state }) {
      let source: EventSource | null = null;
      let timer = 0;
      const open = () => {
        source = new EventSource(url);
        source.onopen = () => state(true);
        source.onerror = () => {
          state(false);
          // A refused request ends an EventSource for good; a lost one comes back by itself.
          if (source?.readyState === EventSource.CLOSED) timer = window.setTimeout(open, 5000);
        };
        const hand = (type: string) => (message: MessageEvent) => {
          let data: unknown = null;
          try {
            data = JSON.parse(message.data);
          } catch {
            // what cannot be read still says that something changed
          }
          event({ type, id: message.lastEventId, data });
        };
        source.onmessage = hand('message');
        for (const type of eventTypes) source.addEventListener(type, hand(type) as EventListener);
      };
      open();
      return () => {
        window.clearTimeout(timer);
        source?.close();
      };
    },
    lock(hold) {
      if (navigator.locks) navigator.locks.request('weir.live', hold).catch(() => {});
      else void hold();
    },
    channel(receive) {
      const channel = new BroadcastChannel('weir.live');
      channel.onmessage = (message) => receive(message.data);
      return { send: (message) => channel.postMessage(message), close: () => channel.close() };
    },
  };
}
