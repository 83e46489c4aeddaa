// Paint over a photo: strokes go to the server, which answers with the alpha of the cut-out that follows from them.
const NEAR = 1 / 3; // the next point of a stroke is so many radii away from the last one,
const NEAREST = 20; // and no nearer than this, in units of data.units to the photo's longest side
const SMALLEST_RADIUS = 10;
const LARGEST_ZOOM = 8;
const FADED = 0.3; // what is not cut out is seen so much
const TINT = 0.6; // opacity of strokes that the server has not answered
const SQUARES = 64; // of the checkerboard along the photo's longest side
const editors = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  // This function runs again with each answer of the server: what was painted meanwhile stays.
  if (!editors.has(parentElement)) editors.set(parentElement, open(parentElement, data));
  return editors.get(parentElement)(data, (painted) => setStateValue("painted", painted));
}

function open(root, first) {
  const find = (selector) => root.querySelector(selector);
  const [canvas, frame, status, size] = ["canvas", ".frame", "output", ".size input"].map(find);
  const context = canvas.getContext("2d");
  const longest = Math.max(first.width, first.height);
  const unit = longest / first.units; // in pixels of the photo
  const faded = layer(first), cutout = layer(first);
  const view = { zoom: 1, x: 0, y: 0 }; // x and y: where the photo begins, in pixels of the page
  const pointers = new Map(); // fingers and buttons that are down: [x, y] in pixels of the page
  let data = first, send, photo;
  // Each change is a stroke, or null for "clear all".
  let changes = [...first.strokes], undone = [];
  let number = first.answered; // of the last change that was sent
  let fresh = []; // strokes that the server has not answered: [number, stroke]
  let stroke = null; // the one that is being painted
  let brush = [longest / unit / 2, first.height / unit / 2]; // where the brush is
  let isSeen = false; // whether to draw it there

  const tool = () => find(".tools :checked").value;
  const strokes = () => changes.slice(changes.lastIndexOf(null) + 1);
  const scale = () => (canvas.clientWidth / first.width) * view.zoom; // pixels of the page in one of the photo
  const radius = () => {
    const largest = first.largest_radius / 40 ** (1 - size.value / 100) / view.zoom;
    return Math.max(SMALLEST_RADIUS, Math.round(largest));
  };

  const draw = () => {
    const dots = devicePixelRatio;
    const [width, height] = [canvas.clientWidth * dots, canvas.clientHeight * dots].map(Math.round);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.setTransform(dots * scale(), 0, 0, dots * scale(), dots * view.x, dots * view.y);
    context.drawImage(faded.canvas, 0, 0);
    context.drawImage(cutout.canvas, 0, 0);
    context.scale(unit, unit);
    context.globalAlpha = TINT;
    for (const [, painted] of fresh) trace(context, painted, first.brushes);
    if (stroke) trace(context, stroke, first.brushes);
    context.globalAlpha = 1;
    if (isSeen && tool() !== "move") ring(context, brush, radius(), unit * scale());
  };
  const redraw = () => requestAnimationFrame(draw);

  const settle = () => {
    const isWaiting = number > data.answered;
    frame.setAttribute("aria-busy", isWaiting);
    status.textContent = isWaiting ? data.words.working : "";
    canvas.classList.toggle("moves", tool() === "move");
    find("[data-does=undo]").setAttribute("aria-disabled", !changes.length);
    find("[data-does=redo]").setAttribute("aria-disabled", !undone.length);
    find("[data-does=clear]").setAttribute("aria-disabled", !strokes().length);
    find("[data-does=zoom_in]").setAttribute("aria-disabled", view.zoom >= LARGEST_ZOOM);
    find("[data-does=zoom_out]").setAttribute("aria-disabled", view.zoom <= 1);
    size.setAttribute("aria-valuetext", `${((200 * radius()) / first.units).toFixed(1)}%`);
    redraw();
  };

  const changed = () => {
    number += 1;
    send({ edit: number, strokes: strokes() });
    settle();
  };
  const add = (painted) => {
    const count = [...strokes(), painted].reduce((sum, { points }) => sum + points.length / 2, 0);
    if (count > first.most_points) {
      status.textContent = data.words.full;
      return redraw();
    }
    changes.push(painted);
    undone = [];
    fresh.push([number + 1, painted]);
    changed();
  };
  const does = {
    undo: () => {
      if (!changes.length) return;
      undone.push(changes.pop());
      fresh = fresh.filter(([, painted]) => changes.includes(painted));
      changed();
    },
    redo: () => {
      if (!undone.length) return;
      changes.push(undone.pop());
      changed();
    },
    clear: () => {
      if (!strokes().length) return;
      changes.push(null);
      undone = [];
      fresh = [];
      changed();
    },
    zoom_in: () => zoom([canvas.clientWidth / 2, canvas.clientHeight / 2], 1.5),
    zoom_out: () => zoom([canvas.clientWidth / 2, canvas.clientHeight / 2], 1 / 1.5),
  };

  // Zoom around a place of the canvas, and move what is seen; the photo fills the canvas at any zoom.
  const zoom = ([x, y], ratio, [right, down] = [0, 0]) => {
    const next = clamp(view.zoom * ratio, 1, LARGEST_ZOOM);
    const by = next / view.zoom;
    view.zoom = next;
    view.x = clamp(x - (x - view.x) * by + right, canvas.clientWidth * (1 - next), 0);
    view.y = clamp(y - (y - view.y) * by + down, canvas.clientHeight * (1 - next), 0);
    settle();
  };
  const place = ({ clientX, clientY }) => {
    const { left, top } = canvas.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  const toPhoto = ([x, y]) => [
    Math.round(clamp((x - view.x) / scale(), 0, first.width) / unit),
    Math.round(clamp((y - view.y) / scale(), 0, first.height) / unit),
  ];
  // The middle of all fingers, and how far they are from it.
  const grip = () => {
    const all = [...pointers.values()];
    const middle = [0, 1].map((axis) => all.reduce((sum, at) => sum + at[axis], 0) / all.length);
    return [middle, all.reduce((sum, at) => sum + Math.hypot(at[0] - middle[0], at[1] - middle[1]), 0)];
  };

  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    brush = toPhoto(place(event));
    const paints = pointers.size === 1 && event.button === 0 && tool() !== "move";
    stroke = paints ? { role: tool(), radius: radius(), points: [...brush] } : null;
    redraw();
  };
  canvas.onpointermove = (event) => {
    brush = toPhoto(place(event));
    isSeen = event.pointerType === "mouse";
    if (stroke) {
      const [x, y] = stroke.points.slice(-2);
      const far = Math.hypot(brush[0] - x, brush[1] - y);
      if (far >= Math.max(NEAREST, NEAR * stroke.radius)) stroke.points.push(...brush);
    } else if (pointers.size > 1 || (pointers.size && tool() === "move")) {
      const [middle, spread] = grip();
      pointers.set(event.pointerId, place(event));
      const [next, wider] = grip();
      return zoom(middle, spread && wider ? wider / spread : 1, [next[0] - middle[0], next[1] - middle[1]]);
    }
    if (pointers.has(event.pointerId)) pointers.set(event.pointerId, place(event));
    redraw();
  };
  const lift = (event) => {
    pointers.delete(event.pointerId);
    const painted = event.type === "pointerup" ? stroke : null;
    stroke = null;
    if (painted) add(painted);
    else redraw();
  };
  canvas.onpointerup = canvas.onpointercancel = lift;
  canvas.onpointerleave = canvas.onblur = () => {
    isSeen = false;
    redraw();
  };
  canvas.onwheel = (event) => {
    if (!event.ctrlKey) return; // a wheel alone scrolls the page
    event.preventDefault();
    zoom(place(event), Math.exp(-event.deltaY / 200));
  };

  // The arrow keys move the brush, the space bar paints a dot.
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.onkeydown = (event) => {
    if (event.key in arrows) {
      const step = arrows[event.key].map((by) => by * radius() * unit * scale());
      const [x, y] = brush.map((at, axis) => at * unit * scale() + [view.x, view.y][axis] + step[axis]);
      brush = toPhoto([x, y]);
      // What is seen follows a brush that leaves it.
      const over = [x - clamp(x, 0, canvas.clientWidth), y - clamp(y, 0, canvas.clientHeight)];
      isSeen = true;
      zoom([0, 0], 1, [-over[0], -over[1]]);
    } else if (event.key === " " && tool() !== "move") {
      add({ role: tool(), radius: radius(), points: [...brush] });
    } else return;
    event.preventDefault();
  };
  find(".editor").onkeydown = (event) => {
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(event.key.toLowerCase())) return;
    event.preventDefault();
    does[event.key === "y" || event.shiftKey ? "redo" : "undo"]();
  };

  for (const button of root.querySelectorAll("button")) button.onclick = does[button.dataset.does];
  size.oninput = settle;
  frame.style.setProperty("--ratio", first.width / first.height);
  chooseFrom(find(".tools"), first, settle);

  return (answer, sendNow) => {
    [data, send] = [answer, sendNow];
    find("legend").textContent = data.words.tools;
    canvas.setAttribute("aria-label", data.words.canvas);
    find(".size span").textContent = data.words.size;
    for (const button of root.querySelectorAll("button")) button.textContent = data.words[button.dataset.does];
    Promise.all([(photo ??= picture(data.photo)), picture(data.alpha)]).then(([whole, alpha]) => {
      if (data !== answer) return; // a later answer has come
      fade(faded, whole, longest);
      cut(cutout, whole, alpha);
      fresh = fresh.filter(([at]) => at > answer.answered);
      redraw();
    });
    settle();
    const observer = new ResizeObserver(redraw);
    observer.observe(canvas);
    return () => observer.disconnect();
  };
}

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

const layer = ({ width, height }) => Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");

const picture = async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
};

function fade(context, photo, longest) {
  const { width, height } = context.canvas;
  const square = Math.max(4, Math.round(longest / SQUARES));
  for (let top = 0; top < height; top += square) {
    for (let left = 0; left < width; left += square) {
      context.fillStyle = (left + top) % (2 * square) ? "#cdcdcd" : "#f5f5f5";
      context.fillRect(left, top, square, square);
    }
  }
  context.globalAlpha = FADED;
  context.drawImage(photo, 0, 0, width, height);
  context.globalAlpha = 1;
}

function cut(context, photo, alpha) {
  const { width, height } = context.canvas;
  context.globalCompositeOperation = "copy";
  context.drawImage(alpha, 0, 0, width, height);
  context.globalCompositeOperation = "source-in";
  context.drawImage(photo, 0, 0, width, height);
}

function trace(context, { role, radius, points }, brushes) {
  context.strokeStyle = brushes.find((brush) => brush.role === role).colour;
  context.lineWidth = 2 * radius;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  context.moveTo(points[0], points[1]);
  for (let at = 0; at < points.length; at += 2) context.lineTo(points[at], points[at + 1]);
  context.stroke();
}

// A light ring within a dark one is seen on any photo.
function ring(context, [x, y], radius, pixels) {
  for (const [colour, width] of [["#000", 3], ["#fff", 1.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width / pixels;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
}

// Names of classes may come from a file: they are set as text.
function chooseFrom(tools, { brushes, words }, onChange) {
  for (const { role, name, colour } of [...brushes, { role: "move", name: words.move }]) {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "tool", value: role });
    input.checked = role === brushes[0].role;
    input.onchange = onChange;
    label.append(input);
    if (colour) label.append(Object.assign(document.createElement("i"), { style: `background: ${colour}` }));
    label.append(name);
    tools.append(label);
  }
}
