// An empty list of weaknesses is not a clean bill of health: it says what was looked at.
import type { ReactNode } from 'react';
import { useQuery } from '../api/cache';
import type { Overview } from '../api/types';
import { plural } from '../lib/format';
import { Link } from '../lib/router';
import { Empty } from './basics';

/** ALSO: what is to be said besides where packages are all that was checked for sure. */
export function NothingFound({
  filtered,
  what,
  also,
}: {
  filtered: boolean;
  what: string;
  also?: ReactNode;
}) {
  const { data } = useQuery<Overview>(filtered ? null : '/overview');
  if (filtered)
    return (
      <Empty icon="search" title={`No ${what} like that`}>
        <p>Nothing passes these filters. Take one away.</p>
      </Empty>
    );
  if (!data) return <Empty icon="search" title={`No ${what}`} />;
  if (data.assets.host + data.assets.container + data.assets.image === 0)
    return (
      <Empty icon="server" title="Nothing is watched yet">
        <p>No sensor has reported, so nothing could be found.</p>
        <Link className="button primary" href="/settings/enrolment">
          Get the command for a sensor
        </Link>
      </Empty>
    );
  if (data.coverage_gaps.length > 0)
    return (
      <Empty icon="alert" title={`No ${what} found so far`}>
        <p>
          That is not a clean bill of health: {plural(data.coverage_gaps.length, 'gap')} in what was checked.
        </p>
        <ul className="small">
          {data.coverage_gaps.slice(0, 5).map((gap) => (
            <li key={gap.message}>{gap.message}</li>
          ))}
        </ul>
        {also}
        <Link href="/advisories">See the advisory sources</Link>
      </Empty>
    );
  return (
    <Empty icon="check" title={`No ${what}`}>
      <p>Every package found was checked against the advisories that are here; none of them is affected.</p>
      {also}
    </Empty>
  );
}
