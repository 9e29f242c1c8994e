import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, DatePicker, Grid, Select, Tooltip } from 'antd';
import dayjs from 'dayjs';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { arrivals as api, codes, type Arrival, type ArrivalQuery } from '../../api/acquisition';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { dayOf, nextDay, startOfDay } from '../../lib/zone';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { ExportMenu } from '../../ui/ExportMenu';
import { PageHeader } from '../../ui/PageHeader';
import { ProblemView } from '../../ui/ProblemView';
import { rowEvents } from '../../ui/rowEvents';
import { TimeText } from '../../ui/values';
import { useListKeys } from '../../ui/useListKeys';
import { ChannelSelect } from './ChannelSelect';
import { addDays, isDay } from './days';
import { PathText } from './PathText';
import { useArrivals } from './useArrivals';
import { WelcomeState } from './WelcomeState';
import './acquisition.css';
import './arrivals.css';

const route = getRouteApi('/shell/arrivals');
const ways = ['friend', 'group', 'link', 'card', 'form', 'import'] as const satisfies readonly Arrival['way'][];

/** Who has just come, by what way and to whom; it fills by itself. */
export function ArrivalsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const f = useFormat();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const search = route.useSearch();
  const { channel = '', code = '', staff: person = '', from = '', to = '' } = search;
  const way = ways.find((w) => w === search.way) ?? '';
  const staff = useStaff();
  const offered = useQuery({ queryKey: ['codes', 'offered'], queryFn: codes.offered, staleTime: 60_000 });
  const filter = useMemo<ArrivalQuery>(
    () => ({
      ...(channel ? { channel_id: channel } : {}),
      ...(code ? { code_id: code } : {}),
      ...(person ? { staff_id: person } : {}),
      ...(way ? { way } : {}),
      ...(isDay(from) ? { from: startOfDay(from, f.timeZone) } : {}),
      ...(isDay(to) ? { to: startOfDay(nextDay(to), f.timeZone) } : {}),
    }),
    [channel, code, person, way, from, to, f.timeZone],
  );
  const { list, items, fresh, total, exact, live } = useArrivals(filter);
  const filtered = Object.keys(filter).length > 0;
  const go = (next: Record<string, string>) => void navigate({ to: '/arrivals', search: Object.fromEntries(Object.entries({ channel, code, staff: person, way, from, to, ...next }).filter(([, v]) => v)) });
  const open = (a: Arrival | undefined) => {
    if (a) void navigate({ to: '/customers/$personId', params: { personId: a.person_id } });
  };
  const active = useListKeys(items.length, (i) => open(items[i]));
  const said = useAnnouncement(fresh);
  const isNew = new Set(fresh.map((a) => a.id));
  const today = dayOf(new Date().toISOString(), f.timeZone);
  const codeOptions = useMemo(() => {
    const all = (offered.data ?? []).map((c) => ({ value: c.id, label: c.name }));
    // A code that has ended is not offered, but may be asked for.
    const named = items.find((a) => a.code_id === code)?.thing_name;
    return code && !all.some((c) => c.value === code) ? [{ value: code, label: named || code }, ...all] : all;
  }, [offered.data, code, items]);
  const nameOf = (a: Arrival) => (
    <>
      <Link to="/customers/$personId" params={{ personId: a.person_id }} className="fp-link-row">
        {a.person_name || t('customer.nameless')}
      </Link>
      {a.first ? (
        <Tooltip title={t('arrivals.firstHelp')}>
          <span className="fp-first">{t('arrivals.first')}</span>
        </Tooltip>
      ) : (
        <span className="fp-muted fp-small"> {t('arrivals.again')}</span>
      )}
    </>
  );
  const through = (a: Arrival) => (
    <>
      <span className="fp-muted">{t(`arrivals.way.${a.way}`)}</span>{' '}
      {a.code_id ? (
        <Link to="/codes/$codeId" params={{ codeId: a.code_id }} search={{}}>
          {a.thing_name || a.code_id}
        </Link>
      ) : (
        a.thing_name
      )}
    </>
  );

  return (
    <div className="fp-page">
      <PageHeader
        title={t('menu.arrivals')}
        note={
          <span className={`fp-live ${live}`} data-live={live}>
            <i aria-hidden="true" /> {t(live === 'off' ? 'arrivals.notLive' : 'arrivals.live')}
          </span>
        }
        extra={
          may('acquisition.report') && <ExportMenu address={(format) => api.exportAddress(format, filter)} />
        }
      />
      <div className="fp-toolbar">
        <ChannelSelect className="fp-filter" value={channel} onChange={(v) => go({ channel: v })} label={t('catch.channel')} />
        <Select
          className="fp-filter"
          allowClear
          value={code || undefined}
          aria-label={t('catch.code')}
          placeholder={t('arrivals.anyCode')}
          showSearch={{ optionFilterProp: 'label' }}
          popupMatchSelectWidth={false}
          options={codeOptions}
          onChange={(v?: string) => go({ code: v ?? '' })}
        />
        <Select
          className="fp-filter"
          allowClear
          value={person || undefined}
          aria-label={t('catch.staff')}
          placeholder={t('arrivals.anyStaff')}
          showSearch={{ optionFilterProp: 'label' }}
          popupMatchSelectWidth={false}
          options={staff.list.map((s) => ({ value: s.id, label: s.name }))}
          onChange={(v?: string) => go({ staff: v ?? '' })}
        />
        <Select value={way} aria-label={t('arrivals.by')} popupMatchSelectWidth={false} onChange={(v: string) => go({ way: v })} options={['', ...ways].map((w) => ({ value: w, label: w ? t(`arrivals.way.${w}`) : t('arrivals.anyWay') }))} />
        <DatePicker.RangePicker
          value={[isDay(from) ? dayjs(from) : null, isDay(to) ? dayjs(to) : null]}
          allowEmpty={[true, true]}
          aria-label={t('arrivals.days')}
          presets={[
            { label: t('arrivals.today'), value: [dayjs(today), dayjs(today)] as [dayjs.Dayjs, dayjs.Dayjs] },
            { label: t('arrivals.yesterday'), value: [dayjs(addDays(today, -1)), dayjs(addDays(today, -1))] as [dayjs.Dayjs, dayjs.Dayjs] },
            { label: t('codes.lastDays', { count: 7 }), value: [dayjs(addDays(today, -6)), dayjs(today)] as [dayjs.Dayjs, dayjs.Dayjs] },
          ]}
          onChange={(v) => go({ from: v?.[0]?.format('YYYY-MM-DD') ?? '', to: v?.[1]?.format('YYYY-MM-DD') ?? '' })}
        />
      </div>
      <div className="fp-hidden" role="status" aria-live="polite">
        {said}
      </div>
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className={`fp-table-wrap${wide ? ' fp-click' : ''}`}>
          {list.isSuccess && items.length === 0 ? (
            filtered ? (
              <EmptyState title={t('arrivals.noneTitle')} text={t('arrivals.noneText')} action={<Button onClick={() => void navigate({ to: '/arrivals', search: {} })}>{t('customers.clear')}</Button>} />
            ) : (
              <EmptyState
                title={t('arrivals.noneYet')}
                text={t('arrivals.noneYetText')}
                action={
                  <Link to="/codes" search={{}}>
                    <Button type="primary">{t('arrivals.toCodes')}</Button>
                  </Link>
                }
              />
            )
          ) : wide ? (
            <DataTable<Arrival>
              rowKey="id"
              label={t('menu.arrivals')}
              minWidth={900}
              loading={list.isPending}
              dataSource={items}
              {...rowEvents(active, open)}
              rowClassName={(a, i) => `${i === active ? 'fp-row-active' : ''} ${isNew.has(a.id) ? 'fp-arrived' : ''}`}
              columns={[
                { key: 'at', title: t('arrivals.at'), width: 170, render: (_, a) => <TimeText at={a.at} exact /> },
                { key: 'person', title: t('arrivals.person'), width: 170, render: (_, a) => nameOf(a) },
                { key: 'channel', title: t('catch.channel'), render: (_, a) => <PathText path={a.path} /> },
                { key: 'through', title: t('arrivals.through'), width: 220, render: (_, a) => through(a) },
                { key: 'staff', title: t('catch.staff'), width: 110, render: (_, a) => a.staff_name || <span className="fp-muted">—</span> },
                { key: 'welcome', title: t('arrivals.welcome'), width: 110, render: (_, a) => <WelcomeState arrival={a} /> },
              ]}
            />
          ) : (
            <ul className="fp-cat-cards">
              {items.map((a) => (
                <li key={a.id} className={isNew.has(a.id) ? 'fp-arrived' : undefined}>
                  <div className="fp-cat-card">
                    <span className="fp-card-line">
                      <span>{nameOf(a)}</span>
                      <TimeText at={a.at} />
                    </span>
                    <span className="fp-small">
                      <PathText path={a.path} />
                    </span>
                    <span className="fp-card-line fp-small">
                      <span>{through(a)}</span>
                      <span>{a.staff_name}</span>
                    </span>
                  </div>
                </li>
              ))}
            </ul>
          )}
          {items.length > 0 && (
            <div className="fp-table-foot">
              <span className="fp-muted fp-num">{total !== undefined && t(exact ? 'arrivals.total' : 'arrivals.totalMore', { count: total, number: f.number(total) })}</span>
              {list.hasNextPage && (
                <Button size="small" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                  {t('common.more')}
                </Button>
              )}
            </div>
          )}
        </div>
      )}
    </div>
  );
}

/** What a screen reader is told of new arrivals: several at once in one sentence. */
function useAnnouncement(fresh: Arrival[]): string {
  const { t } = useTranslation();
  const [said, setSaid] = useState('');
  const [known, setKnown] = useState(0);
  useEffect(() => {
    const count = fresh.length - known;
    const newest = fresh[0];
    if (count > 0 && newest) {
      const name = newest.person_name || t('customer.nameless');
      const channel = newest.path.join(' › ') || t('catch.unknownChannel');
      setSaid(count === 1 ? t('arrivals.announceOne', { name, channel }) : t('arrivals.announceMany', { count, name }));
    }
    if (fresh.length !== known) setKnown(fresh.length);
  }, [fresh, known, t]);
  return said;
}
