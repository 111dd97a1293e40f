// Open findings by day, stacked by severity, as an SVG that follows its width; the numbers are a table, too.
import { useRef, useState } from 'react';
import type { TrendDay } from '../api/types';
import { compact, count, severities } from '../lib/format';
import { useWidth } from './width';

const kHeight = 168;
const kLeft = 44;
const kBottom = 20;

/** A round number at or above VALUE with few digits, for the top of an axis. */
export function niceTop(value: number): number {
  if (value <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]) if (step * power >= value) return step * power;
  return 10 * power;
}

export function Trend({ days }: { days: TrendDay[] }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, 600);
  const [at, setAt] = useState<number | null>(null);
  const order = [...severities].reverse();
  const totals = days.map((day) => severities.reduce((sum, s) => sum + day.open[s], 0));
  const top = niceTop(Math.max(...totals, 1));
  const step = (width - kLeft) / days.length;
  const bar = Math.max(2, Math.min(28, step * 0.72));
  const y = (value: number) => (kHeight - kBottom) * (1 - value / top) + 6;
  const shown = at === null ? days.at(-1)! : days[at];
  const every = Math.ceil(days.length / Math.max(2, Math.floor(width / 92)));
  return (
    <div className="stack tight">
      <div className="row small" aria-live="off">
        <b>{shown.day}</b>
        <span>{count(severities.reduce((sum, s) => sum + shown.open[s], 0))} open</span>
        <span className="muted">+{count(shown.new)} new</span>
        <span className="muted">−{count(shown.resolved)} resolved</span>
      </div>
      <div ref={box}>
        <svg
          width={width}
          height={kHeight + 6}
          role="img"
          aria-label="Open findings by day and severity; the table below has the numbers"
          style={{ display: 'block' }}
          onPointerLeave={() => setAt(null)}
        >
          {[0, 0.5, 1].map((part) => (
            <g key={part}>
              <line x1={kLeft} x2={width} y1={y(top * part)} y2={y(top * part)} stroke="var(--line)" />
              <text x={kLeft - 8} y={y(top * part) + 4} textAnchor="end" fontSize="11" fill="var(--text-2)">
                {compact(top * part)}
              </text>
            </g>
          ))}
          {days.map((day, i) => {
            let base = 0;
            const x = kLeft + i * step + (step - bar) / 2;
            return (
              <g key={day.day} opacity={at === null || at === i ? 1 : 0.55}>
                {order.map((severity) => {
                  const value = day.open[severity];
                  const rect = (
                    <rect
                      key={severity}
                      x={x}
                      width={bar}
                      y={y(base + value)}
                      height={Math.max(0, y(base) - y(base + value))}
                      className={`fill-${severity}`}
                    />
                  );
                  base += value;
                  return rect;
                })}
                {i % every === 0 && (
                  <text
                    x={x + bar / 2}
                    y={kHeight + 2}
                    textAnchor="middle"
                    fontSize="11"
                    fill="var(--text-2)"
                  >
                    {day.day.slice(5)}
                  </text>
                )}
                <rect
                  x={kLeft + i * step}
                  width={step}
                  y={0}
                  height={kHeight - kBottom + 6}
                  fill="transparent"
                  onPointerEnter={() => setAt(i)}
                />
              </g>
            );
          })}
        </svg>
      </div>
      <details className="small">
        <summary className="muted">The numbers</summary>
        <div className="scroll-x">
          <table className="simple">
            <thead>
              <tr>
                <th>Day</th>
                {severities.map((s) => (
                  <th key={s}>{s}</th>
                ))}
                <th>new</th>
                <th>resolved</th>
              </tr>
            </thead>
            <tbody>
              {[...days].reverse().map((day) => (
                <tr key={day.day}>
                  <td className="nowrap">{day.day}</td>
                  {severities.map((s) => (
                    <td key={s}>{count(day.open[s])}</td>
                  ))}
                  <td>{count(day.new)}</td>
                  <td>{count(day.resolved)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </div>
  );
}
