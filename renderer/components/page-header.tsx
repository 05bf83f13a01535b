import type { ReactNode } from 'react';
import classes from './page-header.module.css';

interface PageHeaderProps {
  readonly title: string;
  /** One short line that says what the page is for. */
  readonly description?: string;
  /** Controls at the right end; the page's one main act last. */
  readonly children?: ReactNode;
}

/** The top line of a page; its title is the page's only level-one heading. */
export function PageHeader({ title, description, children }: PageHeaderProps): ReactNode {
  return (
    <header className={classes.header}>
      <div>
        <h1>{title}</h1>
        {description === undefined ? null : <p className={classes.description}>{description}</p>}
      </div>
      <div className={classes.actions}>{children}</div>
    </header>
  );
}
