import { MoreOutlined } from '@ant-design/icons';
import { Button, Dropdown, type MenuProps } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Figures } from '../../api/acquisition';
import { useFormat } from '../../app/useFormat';
import type { ChannelRow } from './ChannelsTab';
import type { ChannelNode } from './useChannels';
import { VerdictTag } from './Verdict';

interface Props {
  rows: ChannelRow[];
  whole?: Figures;
  menuOf?: (c: ChannelNode) => MenuProps;
  depth?: number;
}

/** The tree on a phone. */
export function ChannelCards({ rows, whole, menuOf, depth = 0 }: Props) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <ul className="fp-cat-cards" style={{ paddingLeft: depth > 0 ? 14 : 0 }}>
      {rows.map((r) => (
        <li key={r.key}>
          <div className="fp-cat-card">
            <span className="fp-card-line">
              <b>{r.channel?.name ?? t('catch.unknownChannel')}</b>
              {r.channel && menuOf && (
                <Dropdown trigger={['click']} menu={menuOf(r.channel)} placement="bottomRight">
                  <Button size="small" type="text" icon={<MoreOutlined />} aria-label={t('channels.actionsOf', { name: r.channel.name })} />
                </Dropdown>
              )}
            </span>
            {r.figures && (
              <span className="fp-card-line fp-small">
                <span>{t('channels.cardPersons', { number: f.number(r.figures.persons) })}</span>
                <span className="fp-num">
                  {t('catch.cac')} {r.figures.cac_minor != null ? f.money(r.figures.cac_minor) : '—'}
                </span>
              </span>
            )}
            {r.figures?.reached_first != null && (
              <span className="fp-card-line fp-small">
                <span>
                  {t('catch.bought')} {f.share(r.figures.reached_first, 0)}
                </span>
                {whole && <VerdictTag figures={r.figures} whole={whole} />}
              </span>
            )}
          </div>
          {r.children && <ChannelCards rows={r.children} whole={whole} menuOf={menuOf} depth={depth + 1} />}
        </li>
      ))}
    </ul>
  );
}
