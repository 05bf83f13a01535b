import { createHashHistory, createRootRoute, createRoute, createRouter, Navigate } from '@tanstack/react-router';
import { AccessPage } from '#renderer/features/access/access-page.tsx';
import { accessSearchSchema } from '#renderer/features/access/access-search.ts';
import { ActivityPage } from '#renderer/features/activity/activity-page.tsx';
import { activitySearchSchema } from '#renderer/features/activity/activity-search.ts';
import { ConnectPage } from '#renderer/features/connect/connect-page.tsx';
import { connectSearchSchema } from '#renderer/features/connect/connect-search.ts';
import { KeysPage } from '#renderer/features/credentials/keys-page.tsx';
import { keysSearchSchema } from '#renderer/features/credentials/keys-search.ts';
import { LimitsPage } from '#renderer/features/limits/limits-page.tsx';
import { limitsSearchSchema } from '#renderer/features/limits/limits-search.ts';
import { ModelsPage } from '#renderer/features/models/models-page.tsx';
import { modelsSearchSchema } from '#renderer/features/models/models-search.ts';
import { SettingsPage } from '#renderer/features/settings/settings-page.tsx';
import { settingsSearchSchema } from '#renderer/features/settings/settings-search.ts';
import { OverviewPage } from '#renderer/features/usage/overview-page.tsx';
import { overviewSearchSchema } from '#renderer/features/usage/overview-search.ts';
import { Frame } from './frame.tsx';

const rootRoute = createRootRoute({ component: Frame, notFoundComponent: () => <Navigate to="/overview" replace /> });

const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/overview',
  validateSearch: (search) => overviewSearchSchema.parse(search),
  component: OverviewPage,
});
const keysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/keys',
  validateSearch: (search) => keysSearchSchema.parse(search),
  component: KeysPage,
});
const accessRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access',
  validateSearch: (search) => accessSearchSchema.parse(search),
  component: AccessPage,
});
const limitsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/limits',
  validateSearch: (search) => limitsSearchSchema.parse(search),
  component: LimitsPage,
});
const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/models',
  validateSearch: (search) => modelsSearchSchema.parse(search),
  component: ModelsPage,
});
const activityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/activity',
  validateSearch: (search) => activitySearchSchema.parse(search),
  component: ActivityPage,
});
const connectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/connect',
  validateSearch: (search) => connectSearchSchema.parse(search),
  component: ConnectPage,
});
const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings',
  validateSearch: (search) => settingsSearchSchema.parse(search),
  component: SettingsPage,
});
const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: () => <Navigate to="/overview" replace />,
});

/** The dashboard's pages. Addresses are in the hash, filters in each page's search parameters, so back and forward work. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    indexRoute,
    overviewRoute,
    keysRoute,
    accessRoute,
    limitsRoute,
    modelsRoute,
    activityRoute,
    connectRoute,
    settingsRoute,
  ]),
  history: createHashHistory(),
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    readonly router: typeof router;
  }
}
