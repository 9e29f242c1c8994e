import { DeleteOutlined, StarOutlined } from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { Button, Dropdown, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../app/me';
import { countFilters, type CustomerFilters } from '../../lib/filters';
import { readViews, withView, writeViews } from './views';

export function SavedViews({ filters }: { filters: CustomerFilters }) {
  const { t } = useTranslation();
  const { org } = useMe();
  const navigate = useNavigate();
  const [views, setViews] = useState(() => readViews(org.id));
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const keep = (next: typeof views) => {
    setViews(next);
    writeViews(org.id, next);
  };
  return (
    <>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            ...views.map((v) => ({
              key: v.name,
              label: v.name,
              extra: (
                <Button
                  type="text"
                  size="small"
                  icon={<DeleteOutlined />}
                  aria-label={t('views.remove', { name: v.name })}
                  onClick={(e) => {
                    e.stopPropagation();
                    keep(views.filter((x) => x !== v));
                  }}
                />
              ),
              onClick: () => void navigate({ to: '/customers', search: v.search }),
            })),
            ...(views.length > 0 ? [{ type: 'divider' as const }] : []),
            {
              key: ' save',
              label: t('views.save'),
              disabled: countFilters(filters) === 0,
              onClick: () => setNaming(true),
            },
          ],
        }}
      >
        <Button icon={<StarOutlined />}>{t('views.title')}</Button>
      </Dropdown>
      <Modal
        open={naming}
        title={t('views.save')}
        onCancel={() => setNaming(false)}
        okText={t('common.save')}
        okButtonProps={{ disabled: name.trim() === '' }}
        onOk={() => {
          keep(withView(views, name.trim(), filters));
          setName('');
          setNaming(false);
        }}
      >
        <Input value={name} onChange={(e) => setName(e.target.value)} placeholder={t('views.name')} aria-label={t('views.name')} maxLength={40} />
        <p className="fp-muted fp-small">{t('views.note')}</p>
      </Modal>
    </>
  );
}
