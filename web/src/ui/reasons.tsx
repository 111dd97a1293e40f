// The reasons of a rank, each as a piece from where the one before ended.
import type { Rank } from '../api/types';
import { factorName, waterfall } from '../lib/explain';
import { points } from '../lib/format';

export function Reasons({ rank }: { rank: Rank }) {
  return (
    <dl className="reasons">
      {waterfall(rank.reasons).map((bar, i) => (
        <div key={i} style={{ display: 'contents' }}>
          <dt>{points(bar.points)}</dt>
          <dd className="bar" aria-hidden="true">
            <i
              className={bar.points < 0 ? 'less' : ''}
              style={{ left: `${bar.from}%`, width: `${bar.width}%` }}
            />
          </dd>
          <dd>
            <b>{factorName(bar.factor)}</b> <span className="muted">{bar.detail}</span>
          </dd>
        </div>
      ))}
      <dt className="sum">{rank.score.toFixed(1)}</dt>
      <dd className="sum" style={{ gridColumn: 'span 2' }}>
        <span className="muted">of 100, the sum of the above</span>
      </dd>
    </dl>
  );
}
