import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { useKeyName } from '#renderer/api/use-key-name.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useNow } from '#renderer/components/format/use-now.ts';
import type { RotationOverview } from '#shared/model/rotation.ts';
import { CalendarCard } from './calendar-card.tsx';
import type { CalendarNames } from './calendar-day.tsx';
import { ComingList } from './coming-list.tsx';
import { addMonths, calendarEntries, monthOf, startOfMonth } from './month-grid.ts';
import classes from './rotation.module.css';
import { UnderWay } from './under-way.tsx';

const route = getRouteApi('/rotation');
const wholeHistory = { limit: 500 };

/** What is under way, a month of what was and will be changed, and what comes next. */
export function CalendarPart({ overviews }: { readonly overviews: readonly RotationOverview[] }): ReactNode {
  const { month: wished, key } = route.useSearch();
  const navigate = route.useNavigate();
  const now = useNow(30_000);
  const month = wished ?? monthOf(now);
  const until = useMemo(
    () => ({ until: new Date(startOfMonth(addMonths(month, 1)) + 7 * 86_400_000).toISOString() }),
    [month],
  );
  const planned = useOperation('rotation.calendar', until).data ?? [];
  const history = useOperation('rotation.history', wholeHistory).data ?? [];
  const keyName = useKeyName();
  const names: CalendarNames = {
    long: keyName,
    short: (id) => overviews.find(({ credentialId }) => credentialId === id)?.label ?? keyName(id),
  };
  const isMeant = ({ credentialId }: { readonly credentialId: string }): boolean =>
    key === undefined || credentialId === key;
  const shown = overviews.filter(isMeant);
  const entries = calendarEntries({ planned, history, overviews, now }).filter(isMeant);
  return (
    <>
      <UnderWay overviews={shown} />
      <div className={classes.calendar}>
        <CalendarCard
          {...{ month, entries, names, now }}
          onMonth={(next) =>
            void navigate({ search: (before) => ({ ...before, month: next === monthOf(now) ? undefined : next }) })
          }
        />
        <ComingList overviews={shown} names={names} now={now} />
      </div>
    </>
  );
}
