/** A component that is drawn again only when one of its properties is another one. */
import { Component, type ComponentChildren, type FunctionComponent, h } from 'preact';

export function memo<P extends object>(draw: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const now = this.props;
      const keys = Object.keys(next) as (keyof P)[];
      return keys.length !== Object.keys(now).length || keys.some((key) => next[key] !== now[key]);
    }
    override render(): ComponentChildren {
      return h(draw, this.props);
    }
  }
  return (props) => h(Memo, props);
}
