import { CopyOutlined, StopOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Card, Checkbox, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { content, type RadarLink } from '../../api/content';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { Loading } from '../../ui/Loading';
import { PeoplePicker, type PickedPerson } from '../../ui/PersonPicker';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';
import { CopyText } from '../acquisition/CopyText';

/** Makes links of a material or a briefcase, and tells what came of those that there are. */
export function RadarLinks({ materialId, briefcaseId, version = 0, closed }: { materialId?: string; briefcaseId?: string; version?: number; closed?: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const { message, modal } = App.useApp();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  const [chosen, setChosen] = useState<PickedPerson[]>([]);
  const [pin, setPin] = useState(false);
  const subject = materialId ? { material_id: materialId } : { briefcase_id: briefcaseId };
  const links = useInfiniteQuery({
    queryKey: ['content', 'links', materialId, briefcaseId],
    queryFn: ({ pageParam }) => content.links({ ...subject, limit: 20, cursor: pageParam || undefined }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor || undefined,
  });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['content'] });
  const make = useMutation({
    mutationFn: (open: boolean) => content.makeLinks({ ...subject, person_ids: open ? [] : chosen.map((c) => c.value), version: pin ? version : 0 }),
    onError: notify,
    onSuccess: async () => {
      setChosen([]);
      await refresh();
    },
  });
  const withdraw = (l: RadarLink) =>
    void modal.confirm({ title: t('content.withdrawAsk'), content: t('content.withdrawWhat'), okText: t('content.withdraw'), okButtonProps: { danger: true }, cancelText: t('common.cancel'), onOk: () => content.withdraw(l.id).then(refresh, notify) });
  const copy = async (what: string) => {
    try {
      await navigator.clipboard.writeText(what);
      message.success(t('common.copied'));
    } catch {
      message.warning(t('common.copyByHand'));
    }
  };
  const made = make.data?.items ?? [];
  const items = links.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <div className="fp-stack">
      {may('content.use') && !closed && (
        <Card size="small" className="fp-section">
          <p className="fp-muted fp-section-note">{t('content.linksHelp')}</p>
          <div className="fp-toolbar">
            <PeoplePicker most={100} value={chosen} onChange={setChosen} placeholder={t('content.findPerson')} />
            <Button type="primary" disabled={chosen.length === 0} loading={make.isPending && !make.variables} onClick={() => make.mutate(false)}>
              {t('content.makeLinks')}
            </Button>
            <Button loading={make.isPending && make.variables} onClick={() => make.mutate(true)} title={t('content.openLinkHelp')}>
              {t('content.makeOpenLink')}
            </Button>
          </div>
          {materialId && (
            <Checkbox checked={pin} onChange={(e) => setPin(e.target.checked)}>
              {t('content.pin')}
            </Checkbox>
          )}
          {made.length > 0 && (
            <>
              <ul className="fp-content-lines">
                {made.map((l) => (
                  <li key={l.id}>
                    <b>{l.person_name || (l.person_id ? t('customer.nameless') : t('content.anybody'))}</b>
                    <span className="grow">
                      <CopyText text={l.url} />
                    </span>
                  </li>
                ))}
              </ul>
              <Button icon={<CopyOutlined />} onClick={() => void copy(made.map((l) => `${l.person_name}\t${l.url}`).join('\n'))}>
                {t('content.copyAll')}
              </Button>
            </>
          )}
        </Card>
      )}
      {links.isError ? (
        <ProblemView error={links.error} onRetry={() => void links.refetch()} />
      ) : links.isPending ? (
        <Loading rows={4} />
      ) : (
        <div className="fp-table-wrap">
          <DataTable<RadarLink>
            rowKey="id"
            label={t('content.links')}
            minWidth={760}
            dataSource={items}
            locale={{ emptyText: t('content.noLinks') }}
            columns={[
              {
                key: 'person',
                title: t('content.person'),
                render: (_, l) =>
                  l.person_id ? (
                    <Link to="/customers/$personId" params={{ personId: l.person_id }}>
                      {l.person_name || t('customer.nameless')}
                    </Link>
                  ) : (
                    <span className="fp-muted">{t('content.anybody')}</span>
                  ),
              },
              { key: 'staff', title: t('content.staff'), width: 110, render: (_, l) => l.staff_name || '—' },
              {
                key: 'opens',
                title: t('content.opens'),
                width: 190,
                render: (_, l) =>
                  l.opens === 0 ? (
                    <span className="fp-muted">{t('content.notOpened')}</span>
                  ) : (
                    <>
                      <b>{t('content.openedTimes', { count: l.opens })}</b> {l.seconds > 0 && <span className="fp-muted">{t('content.read', { time: f.duration(l.seconds) })}</span>}
                    </>
                  ),
              },
              { key: 'last', title: t('content.last'), width: 120, render: (_, l) => <TimeText at={l.visited_at} /> },
              { key: 'created', title: t('content.created'), width: 120, render: (_, l) => <TimeText at={l.created_at} /> },
              {
                key: 'tools',
                title: <span className="fp-hidden">{t('common.actions')}</span>,
                width: 110,
                align: 'right',
                render: (_, l) => {
                  const name = l.person_name || t('content.anybody');
                  return l.withdrawn_at ? (
                    <span className="fp-muted">{t('content.withdrawn')}</span>
                  ) : (
                    <Space size={2}>
                      <Button size="small" type="text" icon={<CopyOutlined />} title={t('common.copy')} aria-label={`${t('common.copy')} ${name}`} onClick={() => void copy(l.url)} />
                      {may('content.use') && <Button size="small" type="text" icon={<StopOutlined />} title={t('content.withdraw')} aria-label={t('content.withdrawOf', { name })} onClick={() => withdraw(l)} />}
                    </Space>
                  );
                },
              },
            ]}
          />
          {links.hasNextPage && (
            <div className="fp-pager">
              <Button size="small" loading={links.isFetchingNextPage} onClick={() => void links.fetchNextPage()}>
                {t('common.more')}
              </Button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}
