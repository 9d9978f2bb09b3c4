// bench --kubeconfig K --n N --operator 'COMMAND' : how fast, and at what cost, an operator takes N SessionStores to Ready, and what it
// writes when it is restarted over them. A stand-in finishes set-up Jobs, so run the API server with a controller-manager that has
// --controllers=*,-job,-cronjob. Prints one JSON line.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

var stores = schema.GroupVersionResource{Group: "sessionstore.dev", Version: "v1alpha1", Resource: "sessionstores"}

func main() {
	runtime.LockOSThread() // the operator dies with this thread, not with one that comes and goes
	kubeconfig := flag.String("kubeconfig", "", "")
	n := flag.Int("n", 500, "")
	command := flag.String("operator", "", "")
	namespace := flag.String("namespace", "bench", "")
	idle := flag.Duration("idle", 30*time.Second, "")
	flag.Parse()
	cfg, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	check(err)
	cfg.QPS = -1
	ctx := context.Background()
	core := kubernetes.NewForConfigOrDie(cfg)
	dyn := dynamic.NewForConfigOrDie(cfg)
	_, _ = core.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: *namespace}}, metav1.CreateOptions{})
	each(*n, func(i int) {
		u := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "sessionstore.dev/v1alpha1", "kind": "SessionStore", "metadata": map[string]any{"name": fmt.Sprintf("s%05d", i)},
			"spec": map[string]any{"backend": map[string]any{"directory": map[string]any{"claimName": "data", "path": "sessions"}},
				"layout": "session3", "cleanup": map[string]any{"unmodifiedFor": "30m", "schedule": "H * * * *"}},
		}}
		_, err := dyn.Resource(stores).Namespace(*namespace).Create(ctx, u, metav1.CreateOptions{})
		check(err)
	})
	go finishJobs(ctx, core, *namespace)
	var ready sync.Map
	var count atomic.Int64
	all := make(chan struct{})
	go func() {
		w, err := dyn.Resource(stores).Namespace(*namespace).Watch(ctx, metav1.ListOptions{})
		check(err)
		for e := range w.ResultChan() {
			u, ok := e.Object.(*unstructured.Unstructured)
			if !ok {
				continue
			}
			conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
			for _, c := range conditions {
				m, _ := c.(map[string]any)
				if m["type"] == "Ready" && m["status"] == "True" {
					if _, seen := ready.LoadOrStore(u.GetName(), true); !seen && count.Add(1) == int64(*n) {
						close(all)
					}
				}
			}
		}
	}()
	start := time.Now()
	operator := run(*command)
	select {
	case <-all:
	case <-time.After(time.Duration(20+*n/500) * time.Minute):
		stop(operator)
		check(fmt.Errorf("expected %d SessionStores to become Ready within %d minutes; %d did", *n, 20+*n/500, count.Load()))
	}
	seconds := time.Since(start).Seconds()
	_, cpu, _ := usage(operator.Process.Pid)
	// What follows the last Ready (a time to live for the finished Jobs, say) belongs to it, not to the restart.
	quiet := time.Now()
	for last := writes(ctx, core); ; {
		time.Sleep(5 * time.Second)
		now := writes(ctx, core)
		if now-last < 2 || time.Since(quiet) > 5*time.Minute {
			break
		}
		last = now
	}
	quietSeconds := time.Since(quiet).Seconds()
	peak, quietCPU, _ := usage(operator.Process.Pid)
	stop(operator)
	before := writes(ctx, core)
	operator = run(*command)
	time.Sleep(*idle / 2)
	_, restartCPU, _ := usage(operator.Process.Pid)
	time.Sleep(*idle / 2)
	after := writes(ctx, core)
	restartPeak, idleCPU, idleRSS := usage(operator.Process.Pid)
	stop(operator)
	out, _ := json.Marshal(map[string]any{"n": *n, "ready": count.Load(), "seconds": round(seconds), "perSecond": round(float64(count.Load()) / seconds),
		"peakMiB": round(peak), "cpuUntilReady": round(cpu), "quietAfter": round(quietSeconds), "cpuUntilQuiet": round(quietCPU),
		"restartWrites": after - before, "restartPeakMiB": round(restartPeak), "restartCpu": round(restartCPU), "idleMiB": round(idleRSS), "idleCpu": round(idleCPU - restartCPU)})
	fmt.Println(string(out))
}

func round(x float64) float64 { return float64(int(x*10+0.5)) / 10 }

func finishJobs(ctx context.Context, core *kubernetes.Clientset, namespace string) {
	w, err := core.BatchV1().Jobs(namespace).Watch(ctx, metav1.ListOptions{})
	check(err)
	work := make(chan *batchv1.Job, 100000)
	for range 8 {
		go func() {
			for job := range work {
				endPod(ctx, core, job)
				now := metav1.Now()
				job.Status = batchv1.JobStatus{StartTime: &now, CompletionTime: &now, Succeeded: 1, UncountedTerminatedPods: &batchv1.UncountedTerminatedPods{},
					Conditions: []batchv1.JobCondition{{Type: batchv1.JobSuccessCriteriaMet, Status: corev1.ConditionTrue, LastTransitionTime: now}, {Type: batchv1.JobComplete, Status: corev1.ConditionTrue, LastTransitionTime: now}}}
				if _, err := core.BatchV1().Jobs(namespace).UpdateStatus(ctx, job, metav1.UpdateOptions{}); err != nil {
					fmt.Fprintln(os.Stderr, "finish:", err)
				}
			}
		}()
	}
	for e := range w.ResultChan() {
		if job, ok := e.Object.(*batchv1.Job); ok && e.Type == "ADDED" && len(job.Status.Conditions) == 0 {
			work <- job.DeepCopy()
		}
	}
}

// endPod makes the pod that a kubelet would have run, with a result as the project's runner writes it; a comparator pays for it alike.
func endPod(ctx context.Context, core *kubernetes.Clientset, job *batchv1.Job) {
	yes := true
	at := time.Now().UTC().Format("2006-01-02T15:04:05Z")
	labels := map[string]string{"batch.kubernetes.io/job-name": job.Name, "job-name": job.Name}
	for k, v := range job.Spec.Template.Labels {
		labels[k] = v
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: job.Name + "-", Namespace: job.Namespace, Labels: labels,
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: job.Name, UID: job.UID, Controller: &yes}}}, Spec: *job.Spec.Template.Spec.DeepCopy()}
	pod.Spec.NodeName = "nowhere"
	made, err := core.CoreV1().Pods(job.Namespace).Create(ctx, pod, metav1.CreateOptions{})
	if err != nil {
		fmt.Fprintln(os.Stderr, "pod:", err)
		return
	}
	now := metav1.Now()
	message := `{"command":"setup","startedAt":"` + at + `","finishedAt":"` + at + `","setup":{"outcome":"Created","marked":true,"notes":[]}}`
	made.Status = corev1.PodStatus{Phase: corev1.PodSucceeded, ContainerStatuses: []corev1.ContainerStatus{{Name: made.Spec.Containers[0].Name, Image: "x", ImageID: "x",
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 0, Reason: "Completed", StartedAt: now, FinishedAt: now, ContainerID: "containerd://none", Message: message}}}}}
	if _, err := core.CoreV1().Pods(job.Namespace).UpdateStatus(ctx, made, metav1.UpdateOptions{}); err != nil {
		fmt.Fprintln(os.Stderr, "pod status:", err)
	}
}

func each(n int, do func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		}()
	}
	wg.Wait()
}

func run(command string) *exec.Cmd {
	c := exec.Command("sh", "-c", "exec "+command)
	log, _ := os.CreateTemp("", "operator-*.log")
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	check(c.Start())
	return c
}

func stop(c *exec.Cmd) {
	_ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM)
	done := make(chan struct{})
	go func() { _ = c.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
	}
}

// usage sums peak resident memory (MiB), CPU seconds and resident memory over the process group.
func usage(group int) (peak, cpu, rss float64) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if g, err := syscall.Getpgid(pid); err != nil || g != group {
			continue
		}
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		for _, line := range strings.Split(string(status), "\n") {
			if strings.HasPrefix(line, "VmHWM:") {
				peak += mebibytes(line)
			} else if strings.HasPrefix(line, "VmRSS:") {
				rss += mebibytes(line)
			}
		}
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if i := strings.LastIndex(string(stat), ")"); i > 0 {
			f := strings.Fields(string(stat)[i+1:])
			user, _ := strconv.ParseFloat(f[11], 64)
			sys, _ := strconv.ParseFloat(f[12], 64)
			cpu += (user + sys) / 100
		}
	}
	return
}

func mebibytes(line string) float64 {
	kib, _ := strconv.ParseFloat(strings.Fields(line)[1], 64)
	return kib / 1024
}

// writes counts the API server's write requests so far, leases and events left out, and the endpoints that it tries to write for itself.
func writes(ctx context.Context, core *kubernetes.Clientset) int {
	raw, err := core.Discovery().RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	check(err)
	total := 0.0
	scanner := bufio.NewScanner(strings.NewReader(string(raw)))
	scanner.Buffer(make([]byte, 1<<20), 1<<22)
	for scanner.Scan() {
		line := scanner.Text()
		if !strings.HasPrefix(line, "apiserver_request_total{") || strings.Contains(line, `resource="leases"`) || strings.Contains(line, `resource="events"`) || strings.Contains(line, `resource="endpoints"`) || strings.Contains(line, "reviews\"") || strings.Contains(line, `resource="token`) {
			continue
		}
		if strings.Contains(line, `verb="POST"`) || strings.Contains(line, `verb="PUT"`) || strings.Contains(line, `verb="PATCH"`) || strings.Contains(line, `verb="APPLY"`) || strings.Contains(line, `verb="DELETE"`) {
			v, _ := strconv.ParseFloat(line[strings.LastIndex(line, " ")+1:], 64)
			total += v
		}
	}
	return int(total)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
