import { useHotkeys } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { BrandMark } from '#renderer/components/brand-mark.tsx';
import { formatPlural } from '#renderer/components/format/count.ts';
import { Pill, type PillTone } from '#renderer/components/pill.tsx';
import { Shortcut } from '#renderer/components/shortcut.tsx';
import { countWaiting } from '#shared/policy/rotation-trouble.ts';
import classes from './frame.module.css';
import { pages } from './pages.ts';
import { RequestAnnouncer } from './request-announcer.tsx';
import { StatusBanners } from './status-banners.tsx';

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));

interface Badge {
  readonly count: number;
  readonly tone: PillTone;
  /** What is counted, after the number. */
  readonly title: string;
}

interface PageLinkProps {
  readonly page: (typeof pages)[number];
  readonly badge?: Badge | undefined;
}

function PageLink({ page, badge }: PageLinkProps): ReactNode {
  return (
    <Link to={page.to} className={classes.item} title={page.name}>
      <page.icon size={16} stroke={1.6} aria-hidden="true" />
      <span className={classes.name}>{page.name}</span>
      {badge !== undefined && badge.count > 0 ? (
        <span className={classes.badge}>
          <Pill tone={badge.tone} title={badge.title}>
            {badge.count}
          </Pill>
        </span>
      ) : null}
    </Link>
  );
}

/** A busy window gets its palette all the same, after so many milliseconds. */
const latestPaletteMs = 1_000;

const unread = { unreadOnly: true, limit: 200 };

/** What stands behind the names of pages. */
function useBadges(waiting: number): Partial<Record<(typeof pages)[number]['to'], Badge>> {
  const alerts = useOperation('alert.list', unread).data?.length ?? 0;
  const changes = countWaiting(useOperation('rotation.list', {}).data ?? []);
  return {
    '/rotation': { count: changes, tone: 'amber', title: `${formatPlural(changes, 'key')} waiting for you` },
    '/access': { count: waiting, tone: 'amber', title: `${formatPlural(waiting, 'request')} waiting` },
    '/alerts': { count: alerts, tone: 'teal', title: `${formatPlural(alerts, 'alert')} not read` },
  };
}

/** The command palette knows every page's acts, so it is loaded once the page that was asked for is on screen. Ctrl+K opens it from the first moment. */
function LatePalette(): ReactNode {
  const [isTime, setTime] = useState(false);
  useHotkeys([['mod + K', spotlight.toggle]], []);
  useEffect(() => {
    const idle = requestIdleCallback(() => setTime(true), { timeout: latestPaletteMs });
    return () => cancelIdleCallback(idle);
  }, []);
  return isTime ? (
    <Suspense fallback={null}>
      <Palette />
    </Suspense>
  ) : null;
}

/** The dashboard's frame: side bar, banners about the whole program, and the page. */
export function Frame(): ReactNode {
  const status = useOperation('status.read', {});
  const badges = useBadges(status.data?.waitingRequests ?? 0);
  return (
    <div className={classes.frame}>
      <button type="button" className={classes.skip} onClick={focusContent}>
        Skip to content
      </button>
      <nav className={classes.side} aria-label="Pages">
        <div className={classes.brand}>
          <BrandMark />
          <span className={classes.brandName}>Tollkeeper</span>
        </div>
        <div className={classes.items}>
          {pages.slice(0, -1).map((page) => (
            <PageLink key={page.to} page={page} badge={badges[page.to]} />
          ))}
        </div>
        <div className={classes.spacer} />
        <div className={classes.items}>
          <button type="button" className={classes.item} onClick={spotlight.open} title="Find any act or page">
            <IconSearch size={16} stroke={1.6} aria-hidden="true" />
            <span className={classes.name}>Search</span>
            <Shortcut keys={['Mod', 'K']} />
          </button>
          {pages.slice(-1).map((page) => (
            <PageLink key={page.to} page={page} />
          ))}
        </div>
      </nav>
      <main id="content" className={classes.main} tabIndex={-1}>
        <div className={classes.content}>
          {status.data === undefined ? null : <StatusBanners status={status.data} />}
          <Outlet />
        </div>
      </main>
      <LatePalette />
      <RequestAnnouncer />
    </div>
  );
}

function focusContent(): void {
  document.getElementById('content')?.focus();
}
