package explain

import "slices"

// automaton finds any of many words in one pass over the bytes (Aho and Corasick), whatever their case. A Go regexp
// of the same words needs thirty times as long.
type automaton struct {
	class  [256]uint16 // bytes that are in no word share class 0
	width  int         // number of classes
	next   []uint32    // by state and class; a state is multiplied by width
	found  uint32      // the first of the states in which a word ends: they are behind all others
	ending [][]int32   // the words that end in these states
}

// newAutomaton makes an automaton of words in lower case.
func newAutomaton(words []string) *automaton {
	a := &automaton{width: 1}
	for _, word := range words {
		for i := range len(word) {
			a.addClass(word[i])
		}
	}
	t := &trie{width: a.width}
	t.node()
	for n, word := range words {
		t.add(a, word, int32(n))
	}
	t.link()
	a.number(t)
	return a
}

func (a *automaton) addClass(b byte) {
	if a.class[b] != 0 {
		return
	}
	a.class[b] = uint16(a.width)
	if 'a' <= b && b <= 'z' {
		a.class[b-'a'+'A'] = uint16(a.width)
	}
	a.width++
}

// number puts the states in which a word ends behind the others, so that one comparison tells them apart.
func (a *automaton) number(t *trie) {
	order := make([]int, 0, len(t.ends))
	for _, wanted := range []bool{false, true} {
		for state := range t.ends {
			if (len(t.ends[state]) > 0) == wanted {
				order = append(order, state)
			}
		}
		if !wanted {
			a.found = uint32(len(order) * a.width)
		}
	}
	place := make([]uint32, len(order))
	for i, state := range order {
		place[state] = uint32(i * a.width)
	}
	a.next = make([]uint32, len(order)*a.width)
	for i, state := range order {
		for c := range a.width {
			a.next[i*a.width+c] = place[t.next[state*a.width+c]]
		}
		if len(t.ends[state]) > 0 {
			a.ending = append(a.ending, t.ends[state])
		}
	}
}

// find returns the position behind the first word in text from a position on; -1 without one.
func (a *automaton) find(text []byte, from int) int {
	state, next, class := uint32(0), a.next, &a.class
	for i := from; i < len(text); i++ {
		state = next[state+uint32(class[text[i]])]
		if state >= a.found {
			return i + 1
		}
	}
	return -1
}

// all adds the words in text to a list, each once.
func (a *automaton) all(text []byte, list []int32) []int32 {
	state, next, class := uint32(0), a.next, &a.class
	for i := range text {
		state = next[state+uint32(class[text[i]])]
		if state >= a.found {
			for _, word := range a.ending[(state-a.found)/uint32(a.width)] {
				if !slices.Contains(list, word) {
					list = append(list, word)
				}
			}
		}
	}
	return list
}

// trie is the automaton while it is built.
type trie struct {
	width int
	next  []int // by state and class; -1 without one
	ends  [][]int32
}

func (t *trie) node() int {
	t.next = append(t.next, slices.Repeat([]int{-1}, t.width)...)
	t.ends = append(t.ends, nil)
	return len(t.ends) - 1
}

func (t *trie) add(a *automaton, word string, n int32) {
	state := 0
	for i := range len(word) {
		at := state*t.width + int(a.class[word[i]])
		if t.next[at] < 0 {
			child := t.node()
			t.next[at] = child
		}
		state = t.next[at]
	}
	t.ends[state] = append(t.ends[state], n)
}

// link adds to each state where to go on if no word goes on with the next byte.
func (t *trie) link() {
	fail, queue := make([]int, len(t.ends)), []int{}
	for c := range t.width {
		if child := t.next[c]; child > 0 {
			queue = append(queue, child)
		} else {
			t.next[c] = 0
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		t.ends[state] = slices.Concat(t.ends[state], t.ends[fail[state]])
		for c := range t.width {
			at, other := state*t.width+c, t.next[fail[state]*t.width+c]
			if t.next[at] < 0 {
				t.next[at] = other
				continue
			}
			fail[t.next[at]] = other
			queue = append(queue, t.next[at])
		}
	}
}
