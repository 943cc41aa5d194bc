#!/usr/bin/env bash
# Builds and tests Cashier. `./build.sh help` lists the commands.
# All output goes to .build/, except wasm/core.wasm, which is committed.
set -euo pipefail
unset CDPATH
caller=$PWD
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")"

# The toolchain behind wasm/core.wasm. Another version gives other bytes, so
# change one here only together with a rebuilt core.wasm.
go_version=1.26.8
tinygo_version=0.41.1
tinygo_sum=h1:Hp1Frc4zQALL88t49XraSZEwkIYEjMOmmurlmsTigzE=
llvm_version=19.1.7

# Tools of "supply". They end up in nothing that is handed on.
cyclonedx_version=1.10.0
govulncheck_version=1.9.0

cmd_help() {
	cat <<-'EOF'
		Usage: ./build.sh [COMMAND]

		  build         the cashier command, the demo and the Worker, into .build/ (default)
		  demo [FLAG…]  a shop, the checkout and an offline Alipay on this machine; prints the address
		  core [FILE]   wasm/core.wasm (or FILE), from wasm/core and wasm/guest
		  verify-core   rebuilds core.wasm and compares it with the committed file byte for byte
		  test          every check and every test
		  parity        every shared vector on six runtimes, and one digest for each
		  campaign [--payments 1000] [--seed NUMBER]
		                a fault-injection run; afterwards the records of sandbox, Worker and shop must match
		  supply        all dependencies and their licences, known vulnerabilities, and SBOMs (CycloneDX) into
		                .build/sbom/
		  bench         measurements: the core in Go, the page in Chromium, the Worker beside two others
		  deploy [--env NAME] [--vars FILE.json] [--really]
		                checks the configuration and prints the Worker's size; with --really it deploys to an
		                environment of edge/wrangler.jsonc and tries the result
		  help          this text

		"build" needs Go and Node only. As root on Debian the other commands install the
		packages they need; elsewhere they list them.
	EOF
}

cmd_build() {
	go build -trimpath -o .build/ ./host/cmd/...
	build_worker
}

cmd_demo() {
	cmd_build
	exec .build/demo "$@"
}

cmd_core() {
	build_core "$(cd "$caller" && realpath -m -- "${1:-$OLDPWD/wasm/core.wasm}")"
}

cmd_verify_core() {
	make_work_folder
	local rebuilt=$PWD/$work/rebuilt.wasm
	build_core "$rebuilt" >/dev/null
	echo "committed  $(sha256sum <wasm/core.wasm | cut -d' ' -f1)"
	echo "rebuilt    $(sha256sum <"$rebuilt" | cut -d' ' -f1)  Go $go_version, TinyGo $tinygo_version, LLVM $llvm_version"
	cmp wasm/core.wasm "$rebuilt" || die "core.wasm differs from what its sources build"
	echo "core.wasm is byte for byte what its sources build."
}

cmd_test() {
	install_core_tools
	install_test_tools
	install_example_tools
	install_node_modules edge
	install_node_modules js

	passed=0 failed=0
	if ! ./build.sh build; then
		echo "0 passed, 1 failed"
		exit 1
	fi
	check gofmt no_unformatted_files
	check "go vet" go vet ./...
	! has_go_files edge || check "go vet (Worker)" env GOOS=js GOARCH=wasm go vet ./edge/...
	check licences node .ci/supply.mjs >/dev/null
	run_tests Go go_tests
	run_tests Node node_tests
	echo "$passed passed, $failed failed"
	((failed == 0 && passed > 0))
}

cmd_parity() {
	install_test_tools
	install_node_modules edge
	node wasm/parity/parity.mjs
}

cmd_campaign() {
	cmd_build
	node edge/campaign/campaign.mjs "$@"
}

cmd_supply() {
	failed=0
	check "licences" node .ci/supply.mjs
	echo
	check "SBOM" write_sboms
	echo
	check "known vulnerabilities of Go modules" go_vulnerabilities
	check "known vulnerabilities of npm packages" npm_vulnerabilities
	((failed == 0))
}

cmd_bench() {
	install_packages wrk
	install_test_tools
	install_node_modules edge
	install_node_modules js
	cmd_build

	failed=0
	export BENCH_RESULTS=$PWD/.build/bench.jsonl
	rm -f "$BENCH_RESULTS"
	bench "The core in Go" go test -run '^$' -bench Summary -benchtime 1x ./host/gateway
	bench "The sandbox" go test -run '^$' -bench TenThousand -benchtime 1x ./host/sandbox
	local file
	while read -r file; do
		bench "$file" node "$file"
	done < <(source_files js/bench -name '*.mjs')
	bench "The Worker" node edge/bench/bench.mjs "$@"
	bench "All of it" node .ci/bench.mjs
	((failed == 0))
}

cmd_deploy() {
	install_node_modules edge
	build_worker
	node edge/deploy.mjs "$@"
}

# --- The core ---------------------------------------------------------------

build_core() {
	install_core_tools
	local out=$1
	make_work_folder
	compile_guest "$work/compiled.wasm"
	keep_listed_exports "$work/compiled.wasm" "$work/exact.wasm"
	shrink "$work/exact.wasm" "$work/core.wasm"
	# A reader of the old file never meets half of the new one.
	cp "$work/core.wasm" "$out.new" && mv "$out.new" "$out"
	[[ $out != "$PWD/wasm/core.wasm" ]] || (cd wasm && sha256sum core.wasm >core.wasm.sha256)
	print_sizes "$out"
}

# The standard library is part of the bytes, so the exact Go release is used even
# where another one is installed. Nothing of the user's Go settings reaches the
# result, nor do the folders and caches it is made with.
compile_guest() {
	with_pinned_go env GOFLAGS= GOWORK=off \
		GOCACHE="$(go env GOCACHE)" XDG_CACHE_HOME="$PWD/.build/cache" \
		TINYGOROOT="$tinygo" WASMOPT="$PWD/wasm/node_modules/.bin/wasm-opt" \
		"$tinygo/build/tinygo" build -target wasm/core.json -opt=z -no-debug -panic=trap \
		-o "$1" ./wasm/guest
}

# TinyGo's runtime exports some functions that nobody outside needs. All that is
# not in exports.txt goes, with the code that only it used.
keep_listed_exports() {
	local graph=$1.graph.json
	node - wasm/exports.txt >"$graph" <<-'EOF'
		const names = require("fs").readFileSync(process.argv[2], "utf8").trim().split("\n");
		console.log(JSON.stringify([{ name: "the outside", root: true, reaches: names },
			...names.map(name => ({ name, export: name }))]));
	EOF
	binaryen wasm-metadce "$1" -o "$2" --graph-file "$graph" >/dev/null
}

shrink() {
	binaryen wasm-opt "$1" -o "$2" --flatten --rereloop -Oz -Oz --strip-debug --strip-producers --strip-target-features
}

# The features are those of wasm/core.json. Functions with several results (multivalue, and the ABI that makes LLVM
# use it) are a tenth of the file: a string comes back as two values, and not by way of the memory. Every engine with
# bulk memory has them.
binaryen() {
	"wasm/node_modules/.bin/$1" --mvp-features --enable-bulk-memory --enable-bulk-memory-opt --enable-multivalue \
		--enable-mutable-globals --enable-nontrapping-float-to-int --enable-sign-ext "${@:2}"
}

print_sizes() {
	node - "$1" <<-'EOF'
		const file = process.argv[2], bytes = require("fs").readFileSync(file);
		const packed = require("zlib").brotliCompressSync(bytes);
		console.log(`${file}: ${bytes.length} bytes, ${packed.length} with brotli`);
	EOF
}

# --- The Worker -------------------------------------------------------------

build_worker() {
	[[ -f edge/build.mjs ]] || return 0
	install_node_modules edge # esbuild, for the pages' scripts
	node edge/build.mjs
}

# --- Supply chain -----------------------------------------------------------

# write_sboms describes the programs by what is linked into them, and the npm packages by their lockfiles.
write_sboms() {
	local name
	mkdir -p .build/sbom
	go build -trimpath -o .build/ ./host/cmd/...
	for name in cashier demo; do
		go run "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v$cyclonedx_version" bin -json -version 0.1.0 \
			-output ".build/sbom/$name.cdx.json" ".build/$name" || return
	done
	for name in edge wasm; do
		(cd "$name" && npm sbom --package-lock-only --sbom-format cyclonedx --loglevel=error) >".build/sbom/$name-tools.cdx.json" || return
	done
	echo "SBOMs: $(echo .build/sbom/*.cdx.json)"
}

# A vulnerability database that cannot be reached is a failure, not an empty result.
go_vulnerabilities() {
	local status=0
	go run "golang.org/x/vuln/cmd/govulncheck@v$govulncheck_version" ./... || status=$?
	((status == 0)) || echo "govulncheck ended with status $status: see above for vulnerabilities, or for why it could not look"
	return $status
}

npm_vulnerabilities() {
	local folder status=0
	for folder in edge wasm; do
		echo "npm audit in $folder/"
		(cd "$folder" && npm audit --audit=true --loglevel=error) || status=$?
	done
	((status == 0)) || echo "npm audit ended with status $status: see above for vulnerabilities, or for why it could not look"
	return $status
}

# --- Measurements -----------------------------------------------------------

# bench TITLE COMMAND... prints what the command measured. That one fails does not keep the others from running.
bench() {
	echo "--- $1"
	"${@:2}" || { echo "FAILED: $1"; failed=$((failed + 1)); }
	echo
}

# --- Tests ------------------------------------------------------------------

# check NAME COMMAND... counts a failure when the command fails.
check() {
	if ! "${@:2}"; then
		echo "FAILED: $1"
		failed=$((failed + 1))
	fi
}

# run_tests NAME COMMAND adds the counts that .ci/tally.mjs leaves behind. A run
# that fails or ends early without naming a failed test counts as one failure.
run_tests() {
	local status=0 ok=0 bad=0
	export TALLY=$PWD/.build/tally
	rm -f "$TALLY"
	echo "--- $1"
	"$2" || status=$?
	[[ ! -f $TALLY ]] || read -r ok bad <"$TALLY"
	if ((bad == 0 && (status != 0 || ok == 0))); then
		echo "FAILED: the $1 tests ended with status $status after $ok tests passed"
		bad=1
	fi
	passed=$((passed + ok)) failed=$((failed + bad))
}

# CASHIER_REBUILD makes the test that rebuilds core.wasm obligatory.
go_tests() {
	CASHIER_REBUILD=1 go test -race -count=1 -timeout 30m -json ./... | node .ci/tally.mjs
}

node_tests() {
	local files
	readarray -t files < <(source_files wasm js edge host docs -name '*.test.mjs')
	node --test --test-timeout=300000 --test-reporter=./.ci/tally.mjs "${files[@]}"
}

no_unformatted_files() {
	local files
	files=$(source_files wasm host edge -name '*.go' | xargs gofmt -l)
	[[ -z $files ]] || { echo "$files"; false; }
}

# --- Tools ------------------------------------------------------------------

install_core_tools() {
	install_packages llvm-19-dev libclang-19-dev clang-19 lld-19 gcc g++
	local llvm
	llvm=$(llvm-config-19 --version)
	[[ $llvm == "$llvm_version" ]] ||
		echo "warning: core.wasm is made with LLVM $llvm_version; LLVM $llvm may give other bytes" >&2
	install_node_modules wasm
	# Another recipe makes another folder.
	tinygo=$PWD/.build/tinygo-$tinygo_version-$(recipe | sha256sum | cut -c1-8)
	[[ -x $tinygo/build/tinygo ]] || build_tinygo
}

recipe() {
	echo "$go_version $llvm_version"
	declare -f build_tinygo slim_packages search_faster
}

# TinyGo comes as a Go module and is compiled here. The zip lacks TinyGo's git
# submodules; the guest needs none of them, but TinyGo looks for one of the folders.
build_tinygo() {
	echo "building TinyGo $tinygo_version (once)" >&2
	local info
	info=$(go mod download -json "github.com/tinygo-org/tinygo@v$tinygo_version") || die "$info"
	[[ $(json_member "$info" Sum) == "$tinygo_sum" ]] || die "TinyGo's source has an unexpected checksum"
	make_work_folder
	cp -R "$(json_member "$info" Dir)/." "$work"
	chmod -R u+w "$work"
	mkdir -p "$work/src/net/http"
	slim_packages "$work"
	search_faster "$work"
	(cd "$work" && with_pinned_go env GOFLAGS= GOWORK=off CGO_ENABLED=1 \
		go build -buildvcs=false -trimpath -tags llvm19 -o build/tinygo .)
	# Someone else may have built it meanwhile.
	mv -T "$work" "$tinygo" 2>/dev/null || [[ -x $tinygo/build/tinygo ]]
}

# fastjson asks package fmt for one thing: the text of its syntax errors, which
# nobody sees, as the core checks the syntax itself. Of strconv it uses the four
# digits of a \u escape; the core makes its floats and quotes itself, so what else
# fastjson mentions is never called, and traps if it is. So does EqualFold of package
# strings, with which fastjson looks for NaN and Inf, which are no JSON. The whole of
# these, reflection and tables of printable characters and of letter cases, would be
# a third of core.wasm.
slim_packages() {
	sed -i 's|"examples/": .*|&\n\t\t"fmt/": false,\n\t\t"strconv/": false,\n\t\t"strings/": false,|' "$1/loader/goroot.go"
	mkdir "$1/src/fmt" "$1/src/strconv" "$1/src/strings"
	cp "$(GOTOOLCHAIN=go$go_version go env GOROOT)"/src/strings/*.go "$1/src/strings"
	rm "$1"/src/strings/*_test.go
	sed -i '/^func EqualFold(/,/^}/c func EqualFold(string, string) bool { panic("strings") }' "$1/src/strings/strings.go"
	cat >"$1/src/fmt/fmt.go" <<-'EOF'
		package fmt

		import "errors"

		func Errorf(format string, _ ...any) error { return errors.New(format) }
	EOF
	cat >"$1/src/strconv/strconv.go" <<-'EOF'
		package strconv

		import "errors"

		var errSyntax = errors.New("invalid syntax")

		// ParseUint reads hexadecimal digits that fit.
		func ParseUint(s string, _, _ int) (n uint64, err error) {
			for i := 0; i < len(s); i++ {
				c := s[i]
				switch {
				case c >= '0' && c <= '9':
					c -= '0'
				case c|0x20 >= 'a' && c|0x20 <= 'f':
					c = c|0x20 - 'a' + 10
				default:
					return 0, errSyntax
				}
				n = n<<4 | uint64(c)
			}
			return n, nil
		}

		func Atoi(string) (int, error)                              { panic("strconv") }
		func ParseInt(string, int, int) (int64, error)              { panic("strconv") }
		func ParseFloat(string, int) (float64, error)               { panic("strconv") }
		func AppendInt([]byte, int64, int) []byte                   { panic("strconv") }
		func AppendFloat([]byte, float64, byte, int, int) []byte    { panic("strconv") }
		func AppendQuote([]byte, string) []byte                     { panic("strconv") }
	EOF
}

# fastjson and the core look for a quote, a backslash, a line end or a comma in every
# text, which TinyGo does byte by byte: a quarter of the time of open_notification.
# Eight at once cost 75 bytes.
search_faster() {
	local file=$1/src/internal/bytealg/bytealg.go
	sed -i -e 's|^package bytealg$|&\n\nimport "unsafe"|' -e '/^func IndexByte(/,/^}/d' -e '/^func IndexByteString(/,/^}/d' "$file"
	cat >>"$file" <<-'EOF'

		func IndexByte(b []byte, c byte) int {
			return IndexByteString(unsafe.String(unsafe.SliceData(b), len(b)), c)
		}

		func IndexByteString(s string, c byte) int {
			const ones = 0x0101010101010101
			i := 0
			for ; len(s)-i >= 8; i += 8 {
				x := *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), i)) ^ uint64(c)*ones
				if (x-ones)&^x&(0x80*ones) != 0 { // some byte of x is zero
					break
				}
			}
			for ; i < len(s); i++ {
				if s[i] == c {
					return i
				}
			}
			return -1
		}
	EOF
}

install_test_tools() {
	local packages=()
	command -v gcc >/dev/null || packages+=(gcc libc6-dev) # for the race detector
	command -v chromium >/dev/null || packages+=(chromium)
	[[ -n $(fc-list :lang=zh 2>/dev/null) ]] || packages+=(fontconfig fonts-wqy-zenhei)
	command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages+=(postgresql)
	install_packages "${packages[@]}"
	export CHROMIUM=${CHROMIUM:-$(command -v chromium)}
}

# install_example_tools is for the sandbox's examples: the same call in sh, Python, Node, Java and PHP.
install_example_tools() {
	local packages=()
	command -v curl >/dev/null || packages+=(curl)
	command -v openssl >/dev/null || packages+=(openssl)
	python3 -c 'import cryptography' 2>/dev/null || packages+=(python3-cryptography)
	command -v javac >/dev/null || packages+=(default-jdk-headless) # "java Example.java" compiles
	command -v php >/dev/null || packages+=(php-cli)
	install_packages "${packages[@]}"
}

# install_packages NAME... sees to it that the Debian packages are there.
install_packages() {
	local name missing=()
	for name; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
	done
	((${#missing[@]})) || return 0
	[[ $(id -u) == 0 ]] && command -v apt-get >/dev/null ||
		die "these Debian packages are missing: ${missing[*]}"
	echo "installing ${missing[*]}" >&2
	export DEBIAN_FRONTEND=noninteractive
	[[ -n ${apt_is_fresh:-} ]] || apt-get update -qq >&2
	apt_is_fresh=1
	apt-get install -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}" >&2
}

# install_node_modules FOLDER installs what its lockfile says, once per lockfile.
install_node_modules() {
	[[ -f $1/package-lock.json ]] || return 0
	! cmp -s "$1/package-lock.json" "$1/node_modules/.installed" || return 0
	echo "npm ci in $1/" >&2
	(cd "$1" && npm ci --no-audit --no-fund --loglevel=error >&2)
	mkdir -p "$1/node_modules"
	cp "$1/package-lock.json" "$1/node_modules/.installed"
}

# --- Small helpers ----------------------------------------------------------

# with_pinned_go COMMAND... runs it with Go $go_version as "go".
with_pinned_go() {
	local goroot
	goroot=$(GOTOOLCHAIN=go$go_version go env GOROOT)
	PATH="$goroot/bin:$PATH" GOTOOLCHAIN=local "$@"
}

# make_work_folder makes $work, which goes when the script ends.
make_work_folder() {
	mkdir -p .build
	work=$(mktemp -d .build/work.XXXXXX)
	work_folders+=("$work")
}

has_go_files() {
	[[ -n $(source_files "$1" -name '*.go') ]]
}

# source_files FOLDER... CONDITION finds our own files, not those of npm packages.
source_files() {
	local folders=()
	while [[ $1 != -* ]]; do folders+=("$1"); shift; done
	find "${folders[@]}" \( -name node_modules -o -name '.?*' \) -prune -o -type f "$@" -print | sort
}

json_member() {
	node -p 'JSON.parse(process.argv[1])[process.argv[2]]' "$1" "$2"
}

die() {
	echo "build.sh: $*" >&2
	exit 1
}

work_folders=()
trap 'rm -rf "${work_folders[@]}"' EXIT

command=${1:-build}
function=cmd_${command//-/_}
declare -F "$function" >/dev/null || { cmd_help >&2; die "no command \"$command\""; }
"$function" "${@:2}"
