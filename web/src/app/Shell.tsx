import { MenuOutlined, MoonOutlined, QuestionCircleOutlined, SunOutlined, TranslationOutlined, UserOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { Button, Drawer, Dropdown, Grid, Layout, Menu, Tag, Tooltip, type MenuProps } from 'antd';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { auth } from '../api/endpoints';
import { may, visibleSections, type Section } from '../lib/permissions';
import { PrintHead } from '../ui/PrintHead';
import { useNotifyProblem } from '../ui/ProblemView';
import { GlobalSearch, type GlobalSearchHandle } from './GlobalSearch';
import { useMe } from './me';
import { usePreferences } from './preferences';
import { groups, icons, paths } from './sections';
import { Shortcuts } from './shortcuts';

const RadarAlerts = lazy(() => import('../pages/content/RadarAlerts').then((m) => ({ default: m.RadarAlerts })));

function sectionOf(pathname: string): Section {
  const hit = (Object.entries(paths) as [Section, string][])
    .filter(([, p]) => pathname === p || (p !== '/' && pathname.startsWith(`${p}/`)))
    .sort((a, b) => b[1].length - a[1].length)[0];
  return hit?.[0] ?? 'home';
}

function Navigation({ open, onGo }: { open: Section[]; onGo?: () => void }) {
  const { t } = useTranslation();
  const pathname = useRouterState({ select: (s) => s.location.pathname });
  const items = useMemo(
    () =>
      groups.flatMap((g): NonNullable<MenuProps['items']> => {
        const children = g.sections
          .filter((s) => open.includes(s))
          .map((s) => ({
            key: s,
            icon: icons[s],
            label: (
              <Link to={paths[s]} onClick={onGo}>
                {t(`menu.${s}`)}
              </Link>
            ),
          }));
        if (children.length === 0) return [];
        if (g.key === 'home') return children;
        return [{ key: g.key, type: 'group' as const, label: t(`menu.group.${g.key}`), children }];
      }),
    [open, t, onGo],
  );
  return (
    <nav aria-label={t('menu.label')}>
      <Menu mode="inline" items={items} selectedKeys={[sectionOf(pathname)]} className="fp-menu" />
    </nav>
  );
}

function Brand() {
  return (
    <Link to="/" className="fp-brand">
      <img src="/favicon.svg" alt="" width={24} height={24} />
      <span>Fishpond</span>
    </Link>
  );
}

function AccountMenu() {
  const { t } = useTranslation();
  const me = useMe();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const notify = useNotifyProblem();
  const signOut = async () => {
    try {
      await auth.signOut();
    } catch (error) {
      notify(error);
      return;
    }
    await navigate({ to: '/sign-in', search: {} });
    queryClient.clear(); // nothing of this person's stays in memory
  };
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          {
            key: 'who',
            disabled: true,
            label: (
              <span className="fp-who">
                <b>{me.staff.name}</b>
                <br />
                {me.staff.email}
                <br />
                {t(`role.${me.staff.role}`)}
              </span>
            ),
          },
          { type: 'divider' },
          { key: 'account', label: t('account.mine'), onClick: () => void navigate({ to: '/settings', search: { tab: 'account' } }) },
          { key: 'out', label: t('account.signOut'), onClick: () => void signOut() },
        ],
      }}
    >
      <Button type="text" icon={<UserOutlined />} aria-label={t('account.menu', { name: me.staff.name })}>
        <span className="fp-wide">{me.staff.name}</span>
      </Button>
    </Dropdown>
  );
}

/** Everything around a page: menu, org, search, language, look, account. */
export function Shell() {
  const { t } = useTranslation();
  const me = useMe();
  const { language, look, setLanguage, setLook } = usePreferences();
  const wide = Grid.useBreakpoint().lg ?? true;
  const [drawer, setDrawer] = useState(false);
  const search = useRef<GlobalSearchHandle>(null);
  const open = useMemo(() => visibleSections(me.permissions), [me.permissions]);
  const focusSearch = useCallback(() => search.current?.focus(), []);
  const closeDrawer = useCallback(() => setDrawer(false), []);

  const switchLanguage = () => {
    const next = language === 'zh-CN' ? 'en' : 'zh-CN';
    setLanguage(next);
    // The choice follows the person to other machines; if that fails, it still holds here.
    auth.update({ locale: next }).catch(() => {});
  };

  return (
    <Layout className="fp-shell">
      <a className="fp-skip" href="#main">
        {t('menu.skip')}
      </a>
      {may(me.permissions, 'content.use') && (
        <Suspense>
          <RadarAlerts />
        </Suspense>
      )}
      {wide ? (
        <Layout.Sider width={204} className="fp-sider" theme="light">
          <Brand />
          <Navigation open={open} />
        </Layout.Sider>
      ) : (
        <Drawer open={drawer} onClose={closeDrawer} placement="left" size={260} title={<Brand />} styles={{ body: { padding: 8 } }}>
          <Navigation open={open} onGo={closeDrawer} />
        </Drawer>
      )}
      <Layout>
        <Layout.Header className="fp-header">
          {!wide && (
            <Button type="text" icon={<MenuOutlined />} onClick={() => setDrawer(true)} aria-label={t('menu.open')} />
          )}
          <div className="fp-org">
            <b title={me.org.name}>{me.org.name}</b>
            {me.org.synthetic && (
              <Tooltip title={t('org.syntheticWhy')}>
                <Tag color="warning" variant="filled">
                  {t('org.synthetic')}
                </Tag>
              </Tooltip>
            )}
          </div>
          <div className="fp-header-tools">
            <GlobalSearch ref={search} narrow={!wide} />
            <Tooltip title={t('menu.switchLanguage')}>
              <Button type="text" icon={<TranslationOutlined />} onClick={switchLanguage} aria-label={t('menu.switchLanguage')} />
            </Tooltip>
            <Tooltip title={t(look === 'dark' ? 'menu.toLight' : 'menu.toDark')}>
              <Button
                type="text"
                icon={look === 'dark' ? <SunOutlined /> : <MoonOutlined />}
                onClick={() => setLook(look === 'dark' ? 'light' : 'dark')}
                aria-label={t(look === 'dark' ? 'menu.toLight' : 'menu.toDark')}
              />
            </Tooltip>
            {wide && (
              <Tooltip title={t('shortcuts.title')}>
                <Button
                  type="text"
                  icon={<QuestionCircleOutlined />}
                  aria-label={t('shortcuts.title')}
                  onClick={() => window.dispatchEvent(new KeyboardEvent('keydown', { key: '?', cancelable: true }))}
                />
              </Tooltip>
            )}
            <AccountMenu />
          </div>
        </Layout.Header>
        <Layout.Content className="fp-content" id="main">
          <PrintHead />
          <Outlet />
        </Layout.Content>
      </Layout>
      <Shortcuts sections={open} onSearch={focusSearch} />
    </Layout>
  );
}
