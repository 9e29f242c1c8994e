import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { shares, type CardVisitor } from '../../api/acquisition';
import { useMay, useMe } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useStaff } from '../../app/useStaff';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Pager } from '../../ui/Pager';
import { ProblemView } from '../../ui/ProblemView';
import { usePages } from '../../ui/usePages';
import { TimeText } from '../../ui/values';

/** Who opened a card, how often, and what from it; of a colleague's for those who lead. */
export function CardVisitors() {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const me = useMe();
  const staff = useStaff();
  const [whose, setWhose] = useState('');
  const pages = usePages(whose);
  const { cursor } = pages;
  const list = useQuery({ queryKey: ['card', 'visitors', whose, cursor], queryFn: () => shares.visitors({ staff_id: whose || undefined, limit: 20, cursor }), placeholderData: (before) => before });
  const items = list.data?.items ?? [];
  return (
    <>
      {may('acquisition.write') && (
        <div className="fp-toolbar">
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            style={{ minWidth: 180 }}
            value={whose || me.staff.id}
            aria-label={t('card.whose')}
            onChange={(id) => setWhose(id === me.staff.id ? '' : id)}
            options={staff.list.map((s) => ({ value: s.id, label: s.name }))}
          />
        </div>
      )}
      {list.isError ? (
        <ProblemView error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <div className="fp-table-wrap" aria-busy={list.isPlaceholderData}>
          {list.isSuccess && items.length === 0 ? (
            <EmptyState title={t('card.noVisitors')} text={t('card.noVisitorsText')} />
          ) : (
            <DataTable<CardVisitor>
              rowKey={(v) => `${v.first_at}${v.last_at}${v.person_id}`}
              label={t('card.visitors')}
              minWidth={640}
              loading={list.isPending}
              dataSource={items}
              columns={[
                {
                  key: 'who',
                  title: t('content.visit.who'),
                  width: 160,
                  render: (_, v) =>
                    v.person_id ? (
                      <Link to="/customers/$personId" params={{ personId: v.person_id }}>
                        {v.person_name || t('customer.nameless')}
                      </Link>
                    ) : (
                      <span className="fp-muted">{t('content.visit.nobody')}</span>
                    ),
                },
                { key: 'opens', title: t('content.visit.opens'), width: 90, align: 'right', render: (_, v) => <b className="fp-num">{f.number(v.opens)}</b> },
                {
                  key: 'looks',
                  title: t('card.looked'),
                  render: (_, v) =>
                    v.looks.length === 0 ? (
                      <span className="fp-muted">{t('card.onlyCard')}</span>
                    ) : (
                      v.looks.map((l) => `${l.title || t('card.gone')} ×${f.number(l.looks)}`).join(t('common.listSeparator'))
                    ),
                },
                { key: 'first', title: t('card.first'), width: 130, render: (_, v) => <TimeText at={v.first_at} /> },
                { key: 'last', title: t('content.last'), width: 130, render: (_, v) => <TimeText at={v.last_at} /> },
              ]}
            />
          )}
          <Pager pages={pages} next={list.data?.next_cursor} />
        </div>
      )}
    </>
  );
}
