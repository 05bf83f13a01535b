import { spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { BrandMark } from '#renderer/components/brand-mark.tsx';
import { formatPlural } from '#renderer/components/format/count.ts';
import { Pill } from '#renderer/components/pill.tsx';
import { Shortcut } from '#renderer/components/shortcut.tsx';
import classes from './frame.module.css';
import { pages } from './pages.ts';
import { Palette } from './palette.tsx';
import { RequestAnnouncer } from './request-announcer.tsx';
import { StatusBanners } from './status-banners.tsx';

function PageLink({ page, badge }: { readonly page: (typeof pages)[number]; readonly badge?: number }): ReactNode {
  return (
    <Link to={page.to} className={classes.item} title={page.name}>
      <page.icon size={16} stroke={1.6} aria-hidden="true" />
      <span className={classes.name}>{page.name}</span>
      {badge ? (
        <span className={classes.badge}>
          <Pill tone="amber" title={`${formatPlural(badge, 'request')} waiting`}>
            {badge}
          </Pill>
        </span>
      ) : null}
    </Link>
  );
}

/** The dashboard's frame: side bar, banners about the whole program, and the page. */
export function Frame(): ReactNode {
  const status = useOperation('status.read', {});
  const waiting = status.data?.waitingRequests ?? 0;
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
            <PageLink key={page.to} page={page} {...(page.to === '/access' ? { badge: waiting } : {})} />
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
      <Palette />
      <RequestAnnouncer />
    </div>
  );
}

function focusContent(): void {
  document.getElementById('content')?.focus();
}
