import { AppstoreOutlined, FileOutlined, FileTextOutlined, FolderOpenOutlined, LinkOutlined, PictureOutlined, ReadOutlined, VideoCameraOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { MaterialKind } from '../../api/content';

export const kinds: MaterialKind[] = ['article', 'link', 'picture', 'video', 'file', 'text', 'mini_program'];

const icons: Record<MaterialKind | 'briefcase', ReactNode> = {
  text: <FileTextOutlined />,
  picture: <PictureOutlined />,
  video: <VideoCameraOutlined />,
  file: <FileOutlined />,
  link: <LinkOutlined />,
  mini_program: <AppstoreOutlined />,
  article: <ReadOutlined />,
  briefcase: <FolderOpenOutlined />,
};

export const KindIcon = ({ kind }: { kind: MaterialKind | 'briefcase' }) => icons[kind];
