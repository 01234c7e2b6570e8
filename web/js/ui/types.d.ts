/** How nodes are made without JSX: an element by its name with any attributes, or a component with its own props. */
import type { ComponentChildren, VNode } from 'preact';

export type Child = ComponentChildren;
export type Node = VNode<any>;
export type Component<P> = (props: P) => ComponentChildren;

export interface CreateNode {
  (element: string, attributes?: Record<string, unknown> | null, ...children: ComponentChildren[]): Node;
  <P>(component: Component<P>, props: P & { key?: string | number }, ...children: ComponentChildren[]): Node;
}
