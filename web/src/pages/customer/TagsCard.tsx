import { useQuery } from '@tanstack/react-query';
import { Card, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { persons, tags as tagsApi } from '../../api/endpoints';
import type { Person } from '../../api/types';
import { TagChip } from '../../ui/values';
import { usePersonChange } from './usePersonChange';

export function TagsCard({ person: p, write }: { person: Person; write: boolean }) {
  const { t } = useTranslation();
  const all = useQuery({ queryKey: ['tags'], queryFn: tagsApi.list });
  const add = usePersonChange(p.id, (tag: string) => persons.addTag(p.id, tag));
  const remove = usePersonChange(p.id, (tag: string) => persons.removeTag(p.id, tag));
  const left = (all.data?.items ?? []).filter((x) => !p.tags.some((y) => y.id === x.id));
  return (
    <Card title={t('field.tags')}>
      <div className="fp-tags">
        {p.tags.map((tag) => (
          <TagChip key={tag.id} tag={tag} onClose={write ? () => remove.mutate(tag.id) : undefined} />
        ))}
        {p.tags.length === 0 && <span className="fp-muted">{t('common.none')}</span>}
      </div>
      {write && (
        <Select<string>
          size="small"
          value={null as unknown as string}
          showSearch={{ optionFilterProp: 'label' }}
          placeholder={t('customer.addTag')}
          aria-label={t('customer.addTag')}
          style={{ width: '100%', marginTop: 8 }}
          loading={add.isPending}
          options={left.map((x) => ({ value: x.id, label: x.group ? `${x.group} / ${x.name}` : x.name }))}
          onSelect={(tag: string) => add.mutate(tag)}
          notFoundContent={t('customer.noMoreTags')}
        />
      )}
    </Card>
  );
}
