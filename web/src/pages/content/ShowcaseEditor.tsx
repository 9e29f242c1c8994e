import { ArrowDownOutlined, ArrowUpOutlined, CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { shares, type Showcased } from '../../api/acquisition';
import type { MaterialKind } from '../../api/content';
import { useFormat } from '../../app/useFormat';
import { EmptyState } from '../../ui/EmptyState';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { useUndo } from '../../ui/useUndo';
import { KindIcon } from './KindIcon';
import { MaterialPicker } from './MaterialPicker';

const most = 12;
const shelves = ['product', 'material'] as const;

/** What stands on a card, saved with every change. */
export function ShowcaseEditor({ of }: { of: 'mine' | 'everyone' }) {
  const { t } = useTranslation();
  const f = useFormat();
  const notify = useNotifyProblem();
  const undo = useUndo();
  const queryClient = useQueryClient();
  const [adding, setAdding] = useState<(typeof shelves)[number]>();
  const key = ['card', 'showcase', of];
  const found = useQuery({ queryKey: key, queryFn: () => shares.showcase(of) });
  const save = useMutation({
    mutationFn: (items: Pick<Showcased, 'id' | 'briefcase' | 'shelf'>[]) => shares.putShowcase(of, items.map(({ id, briefcase, shelf }) => ({ id, briefcase, shelf }))),
    onError: notify,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['card', 'showcase'] }),
  });
  if (found.isError) return <ProblemView error={found.error} onRetry={() => void found.refetch()} />;
  if (found.isPending) return <Loading rows={3} />;
  const all = found.data.items;
  const own = all.filter((i) => of === 'everyone' || !i.everyone);
  const brand = all.filter((i) => of === 'mine' && i.everyone);
  const move = (i: number, by: number) => {
    const next = [...own];
    const [item] = next.splice(i, 1);
    if (item) next.splice(i + by, 0, item);
    save.mutate(next);
  };
  const take = (item: Showcased) => {
    save.mutate(own.filter((i) => i.id !== item.id));
    undo(`card-${item.id}`, t('card.taken', { name: item.title }), () => save.mutateAsync(own));
  };
  const line = (i: Showcased) => (
    <>
      <KindIcon kind={i.kind as MaterialKind | 'briefcase'} />
      <span className="grow">
        {i.title || t('card.gone')} {!i.shown && <span className="fp-content-mark bad">{t('card.notShown')}</span>}
        <br />
        <span className="fp-muted fp-small">{t('card.looks', { count: i.looks, number: f.number(i.looks) })}</span>
      </span>
    </>
  );
  return (
    <>
      {own.length === 0 && brand.length === 0 ? (
        <EmptyState title={t('card.emptyTitle')} text={t('card.emptyText')} />
      ) : (
        <ul className="fp-content-lines wide" aria-busy={save.isPending}>
          {own.map((i, n) => (
            <li key={i.id}>
              {line(i)}
              <span className="fp-own-tools">
                <Select
                  size="small"
                  value={i.shelf}
                  aria-label={t('card.shelfOf', { name: i.title })}
                  onChange={(shelf) => save.mutate(own.map((x) => (x.id === i.id ? { ...x, shelf } : x)))}
                  options={shelves.map((s) => ({ value: s, label: t(`card.shelves.${s}`) }))}
                />
                <Button size="small" type="text" icon={<ArrowUpOutlined />} disabled={n === 0} aria-label={t('content.briefcase.up', { name: i.title })} onClick={() => move(n, -1)} />
                <Button size="small" type="text" icon={<ArrowDownOutlined />} disabled={n === own.length - 1} aria-label={t('content.briefcase.down', { name: i.title })} onClick={() => move(n, 1)} />
                <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t('content.briefcase.take', { name: i.title })} onClick={() => take(i)} />
              </span>
            </li>
          ))}
          {brand.map((i) => (
            <li key={i.id}>
              {line(i)}
              <span className="fp-muted fp-small">
                {t(`card.shelves.${i.shelf}`)} · {t('card.byBrand')}
              </span>
            </li>
          ))}
        </ul>
      )}
      <div className="fp-toolbar">
        {shelves.map((s) => (
          <Button key={s} icon={<PlusOutlined />} disabled={own.length >= most} onClick={() => setAdding(s)}>
            {t(`card.add.${s}`)}
          </Button>
        ))}
        <span className="fp-muted fp-small">{t('card.most', { count: own.length, most })}</span>
      </div>
      <MaterialPicker
        open={adding !== undefined}
        onClose={() => setAdding(undefined)}
        onPick={(p) => {
          if (own.some((i) => i.id === p.id)) return;
          save.mutate([...own, { id: p.id, briefcase: p.kind === 'briefcase', shelf: adding ?? 'material' }]);
        }}
      />
    </>
  );
}
