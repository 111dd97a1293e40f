// What the drawer draws of a rank and of the path to a weakness. Pure.
import type { PathStep } from '../api/types';

export interface Bar {
  factor: string;
  points: number;
  detail: string;
  from: number; // per cent of the whole width
  width: number;
}

/** Each reason as a piece from where the one before ended; the last ends at the score. */
export function waterfall(reasons: { factor: string; points: number; detail: string }[]): Bar[] {
  let at = 0;
  let top = 1;
  const pieces = reasons.map((reason) => {
    const start = at;
    at += reason.points;
    top = Math.max(top, start, at);
    return { ...reason, start, end: at };
  });
  return pieces.map(({ start, end, ...reason }) => ({
    ...reason,
    from: (Math.max(0, Math.min(start, end)) / top) * 100,
    width: (Math.abs(end - start) / top) * 100,
  }));
}

/** "known-exploited" -> "Known exploited". */
export function factorName(factor: string): string {
  const special: Record<string, string> = { epss: 'EPSS', kev: 'Known exploited', cvss: 'CVSS' };
  if (special[factor]) return special[factor];
  const text = factor.replaceAll('-', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export interface DrawnStep extends PathStep {
  gap: boolean; // what lies between this step and the next one is not known
  hot: boolean;
}

const order = ['network', 'listener', 'container', 'process', 'package', 'weakness'];

/** The steps in order; where the network or the process is not known, the line to the next step is broken. */
export function drawPath(steps: PathStep[]): DrawnStep[] {
  const sorted = [...steps].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const has = (kind: string) => sorted.some((step) => step.kind === kind);
  return sorted.map((step, i) => ({
    ...step,
    gap: i + 1 < sorted.length && sorted[i + 1].kind === 'package' && !has('process'),
    hot: step.kind === 'network' || step.kind === 'listener',
  }));
}

/** One sentence on how the weakness can be reached; it never says "safe". */
export function pathSentence(steps: PathStep[], usage: string): string {
  const has = (kind: string) => steps.some((step) => step.kind === kind);
  if (has('network') && has('process')) return 'It can be reached from the network: this is the way.';
  if (has('listener') && has('process'))
    return 'The process that has it loaded listens; no connection from outside was seen so far.';
  if (has('process')) return 'A running process has it loaded, but does not listen.';
  if (usage === 'unknown') return 'Nothing is known of what runs here, so no way to it can be shown.';
  return 'No running process was seen to use it. That is how it is now, not a promise.';
}
