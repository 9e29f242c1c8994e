import { PlusOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import type { StepKind } from '../../../api/journeys';
import { groups } from '../model/graph';
import { KindIcon } from './KindIcon';

/** A small plus that opens the kinds of steps. */
export function AddMenu({ label, onPick, text }: { label: string; onPick: (kind: StepKind) => void; text?: string }) {
  const { t } = useTranslation();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        className: 'fp-journey-menu',
        onClick: (e) => {
          e.domEvent.stopPropagation();
          onPick(e.key as StepKind);
        },
        items: groups.map((g) => ({ key: g.key, type: 'group' as const, label: t(`journeys.groups.${g.key}`), children: g.kinds.map((k) => ({ key: k, icon: <KindIcon kind={k} />, label: t(`journeys.kinds.${k}`) })) })),
      }}
    >
      <Button size="small" shape={text ? 'default' : 'circle'} className="fp-journey-plus nodrag nopan" icon={<PlusOutlined />} aria-label={label} title={label} onClick={(e) => e.stopPropagation()}>
        {text}
      </Button>
    </Dropdown>
  );
}
