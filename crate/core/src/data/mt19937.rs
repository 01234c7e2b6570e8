//! CPython's `random.seed(int)` and `random.shuffle`: the 32-bit Mersenne Twister (Matsumoto & Nishimura, 1998), seeded by `init_by_array`.
//!
//! The split in the paper's code is drawn with it, so it is part of the protocol. It is not a general-purpose random source.

const N: usize = 624;
const M: usize = 397;

/// CPython's generator `random.Random(seed)`, for seeds below 2³².
pub struct PythonRandom {
    state: [u32; N],
    next: usize,
}

impl PythonRandom {
    /// `random.seed(seed)`.
    pub fn new(seed: u32) -> Self {
        let mut state = init_by_value(19_650_218);
        // init_by_array with the one-word key [seed]
        let mut at = 1;
        for _ in 0..N {
            let mixed = (state[at - 1] ^ (state[at - 1] >> 30)).wrapping_mul(1_664_525);
            state[at] = (state[at] ^ mixed).wrapping_add(seed);
            at = advance(&mut state, at);
        }
        for _ in 1..N {
            let mixed = (state[at - 1] ^ (state[at - 1] >> 30)).wrapping_mul(1_566_083_941);
            state[at] = (state[at] ^ mixed).wrapping_sub(at as u32);
            at = advance(&mut state, at);
        }
        state[0] = 0x8000_0000;
        Self { state, next: N }
    }

    /// `random.getrandbits(32)`.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == N {
            self.twist();
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// `random.shuffle(values)`: Fisher–Yates from the end.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            let other = self.below(last as u32 + 1);
            values.swap(last, other as usize);
        }
    }

    /// `random._randbelow(bound)`: draws as many bits as `bound` has, and repeats until the value is below `bound`.
    fn below(&mut self, bound: u32) -> u32 {
        let unused_bits = bound.leading_zeros();
        loop {
            let drawn = self.next_u32() >> unused_bits;
            if drawn < bound {
                return drawn;
            }
        }
    }

    fn twist(&mut self) {
        for at in 0..N {
            let word = (self.state[at] & 0x8000_0000) | (self.state[(at + 1) % N] & 0x7fff_ffff);
            let odd = if word & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[at] = self.state[(at + M) % N] ^ (word >> 1) ^ odd;
        }
        self.next = 0;
    }
}

fn init_by_value(seed: u32) -> [u32; N] {
    let mut state = [seed; N];
    for at in 1..N {
        state[at] = (state[at - 1] ^ (state[at - 1] >> 30)).wrapping_mul(1_812_433_253).wrapping_add(at as u32);
    }
    state
}

/// The next index in the loop of `init_by_array`, which skips 0 and copies the last word to the front.
fn advance(state: &mut [u32; N], at: usize) -> usize {
    if at + 1 < N {
        return at + 1;
    }
    state[0] = state[N - 1];
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    // Values from CPython 3: random.seed(s); [random.getrandbits(32) for _ in range(5)]
    #[test]
    fn words_equal_cpython() {
        let cases = [
            (42, [2_746_317_213, 478_163_327, 107_420_369, 3_184_935_163, 1_181_241_943]),
            (0, [3_626_764_237, 1_654_615_998, 3_255_389_356, 3_823_568_514, 1_806_341_205]),
            (123_456_789, [2_754_794_679, 1_899_526_012, 2_328_685_183, 3_049_235_403, 4_265_654_401]),
        ];
        for (seed, expect) in cases {
            let mut random = PythonRandom::new(seed);
            assert_eq!(std::array::from_fn(|_| random.next_u32()), expect, "seed {seed}");
        }
    }

    // Values from CPython 3: random.seed(s); a = list(range(n)); random.shuffle(a)
    #[test]
    fn shuffle_equals_cpython() {
        let mut ten: Vec<u32> = (0..10).collect();
        PythonRandom::new(42).shuffle(&mut ten);
        assert_eq!(ten, [7, 3, 2, 8, 5, 6, 9, 4, 0, 1]);
        // 1,000 draws exceed the first 624 words
        let mut thousand: Vec<u32> = (0..1000).collect();
        PythonRandom::new(42).shuffle(&mut thousand);
        assert_eq!(thousand[..8], [776, 507, 895, 922, 33, 483, 85, 750]);
        assert_eq!(thousand[996..], [759, 25, 114, 654]);
    }
}
