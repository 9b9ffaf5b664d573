/**
 * Jobs that may run now, found without looking at all of them: one queue an affinity, and over these queues
 * one of affinities that no slot holds and one of affinities that some slot holds.
 */
import TinyQueue from 'tinyqueue';

/** A job in the order of its plan. */
export interface Ranked {
  readonly job: { readonly affinity: string; readonly cost: number };
  /** Place in the plan: of two jobs of one cost the earlier goes first. */
  readonly order: number;
}

interface Group<R extends Ranked> {
  readonly jobs: TinyQueue<R>;
  /** Slots whose last job was of this affinity. */
  holders: number;
}

/** The first job of a group when the offer was made; stale as soon as another job leads the group. */
interface Offer<R extends Ranked> {
  readonly group: Group<R>;
  readonly first: R;
}

export class ReadyJobs<R extends Ranked> {
  readonly #groups = new Map<string, Group<R>>();
  readonly #unheld = offersInOrder<R>();
  readonly #held = offersInOrder<R>();
  readonly #affinityOf = new Map<string, string>();
  #size = 0;

  /** Jobs that nobody has taken yet. */
  get size(): number {
    return this.#size;
  }

  add(entry: R): void {
    const group = this.#group(entry.job.affinity);
    group.jobs.push(entry);
    this.#size += 1;
    if (group.jobs.peek() === entry) this.#offer(group);
  }

  /**
   * The slot's own affinity first, then affinities that no other slot holds, then the longest job; null where
   * nothing is ready. The slot holds the affinity of what it took.
   */
  take(slot: string): R | null {
    const held = this.#affinityOf.get(slot);
    const own = held === undefined ? undefined : this.#groups.get(held);
    const group = own?.jobs.length
      ? own
      : (this.#best(this.#unheld, false) ?? this.#best(this.#held, true))?.group;
    const entry = group?.jobs.pop();
    if (group === undefined || entry === undefined) return null;
    this.#size -= 1;
    this.#offer(group);
    this.#hold(slot, entry.job.affinity);
    return entry;
  }

  #hold(slot: string, affinity: string): void {
    const before = this.#affinityOf.get(slot);
    if (before === affinity) return;
    this.#affinityOf.set(slot, affinity);
    this.#count(this.#group(affinity), 1);
    if (before !== undefined) this.#count(this.#group(before), -1);
  }

  #count(group: Group<R>, change: 1 | -1): void {
    const wasHeld = group.holders > 0;
    group.holders += change;
    if (group.holders > 0 !== wasHeld) this.#offer(group);
  }

  #offer(group: Group<R>): void {
    const first = group.jobs.peek();
    if (first !== undefined) (group.holders > 0 ? this.#held : this.#unheld).push({ group, first });
  }

  /** The best offer that still holds; stale ones are thrown away on the way to it. */
  #best(offers: TinyQueue<Offer<R>>, held: boolean): Offer<R> | null {
    for (let offer = offers.peek(); offer !== undefined; offer = offers.peek()) {
      if (offer.group.jobs.peek() === offer.first && offer.group.holders > 0 === held) return offer;
      offers.pop();
    }
    return null;
  }

  #group(affinity: string): Group<R> {
    let group = this.#groups.get(affinity);
    if (group === undefined) {
      group = { jobs: new TinyQueue<R>([], compare), holders: 0 };
      this.#groups.set(affinity, group);
    }
    return group;
  }
}

const compare = (one: Ranked, other: Ranked): number =>
  other.job.cost - one.job.cost || one.order - other.order;

const offersInOrder = <R extends Ranked>(): TinyQueue<Offer<R>> =>
  new TinyQueue<Offer<R>>([], (one, other) => compare(one.first, other.first));
